/** The AWS SDK waits for ever by default; these leave a step time to react before its own time-out. */
export const QUICK_REQUESTS = { requestHandler: { connectionTimeout: 2_000, requestTimeout: 4_000 } };

/** A part of 8 MiB may take its time, but not all of the function's. */
export const LARGE_REQUESTS = { requestHandler: { connectionTimeout: 2_000, requestTimeout: 60_000 } };
