/**
 * Milliseconds. A person waits, so that a silent network is reported soon. The SDK waits for ever unless it is told to
 * throw.
 */
export const REQUESTS = {
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
  maxAttempts: 3,
};
