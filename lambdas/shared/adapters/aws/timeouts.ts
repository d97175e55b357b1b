/**
 * The AWS SDK waits for ever by default, and only warns of a `requestTimeout` unless it is told to throw. It makes three
 * attempts: the milliseconds here are for one of them.
 */
const limits = (connectionTimeout: number, requestTimeout: number) =>
  ({ requestHandler: { connectionTimeout, requestTimeout, throwOnRequestTimeout: true } }) as const;

/** Three attempts end within seven seconds, so that a step can still react before its own time-out. */
export const QUICK_REQUESTS = limits(1_000, 2_000);

/**
 * For a request that nobody waits for longer than a fraction of a second. What is left of it must not go on in the environment's next
 * invocation for long.
 */
export const BRIEF_REQUESTS = { ...limits(500, 500), maxAttempts: 2 } as const;

/**
 * All attempts together, where a request can do without its answer and a caller may be waiting. Secrets Manager answers within
 * tens of milliseconds.
 */
export const WHILE_A_CALLER_WAITS_MS = 1_500;

/** A part of 8 MiB may take its time, but not all of the function's. */
export const LARGE_REQUESTS = limits(2_000, 60_000);

/**
 * Requests to Twilio whose audio somebody listens to meanwhile: a browser reads no further than it needs for a while, and Twilio's
 * connection stands still as long.
 */
export const PLAYBACK_TIMEOUTS = { reply: 10_000, idle: 300_000 } as const;
