/** The rows: what is measured, against what, and the goal. */

export interface Row {
  readonly row: number;
  readonly measure: string;
  readonly baseline: string;
  readonly goal: string;
}

const row = (number: number, measure: string, baseline: string, goal: string): Row => {
  return { row: number, measure, baseline, goal };
};

export const ROWS: readonly Row[] = [
  row(
    1,
    'CPU to load each bundle and be ready, over an empty handler',
    'empty handler',
    '≤ 1.35 for webhook and TwiML functions, ≤ 4.7 with AWS clients',
  ),
  row(2, 'the same, baseline over ours', 'whole twilio SDK, same AWS clients', '≥ 2.5'),
  row(3, 'bundle size, baseline over ours', 'whole twilio SDK, same AWS clients', '≥ 8'),
  row(
    4,
    'CPU of the first invocation after load, TLS set-up included, baseline over ours',
    'whole twilio SDK, same AWS clients',
    '≥ 1.5',
  ),
  row(5, 'copy throughput, 1 GB, TLS on loopback, ours over baseline', 'curl piped to curl', '≥ 0.55'),
  row(6, 'CPU seconds per GB copied, ours over baseline', 'lib-storage Upload with defaults', '≤ 0.65'),
  row(7, 'peak RSS growth from 16 MB to 4 GB, ours over baseline', 'lib-storage Upload with defaults', '≤ 0.5'),
  row(8, 'Lambda invocations, two-hour call over ten-second call', 'Lambda for each frame', '1.00'),
  row(9, 'billed WebSocket messages of a call', "50 a second for the call's length", '≤ 50 × (disclaimer seconds + 2)'),
  row(10, 'AWS dollars per ten-minute call, baseline over ours', 'Lambda for each frame', '≥ 50'),
  row(
    11,
    "stream start to Twilio's receipt of the start request, 50 calls/s",
    '1.000 s',
    'p50 ≤ 1.05, p99 ≤ 1.15, never < 1.000',
  ),
  row(
    12,
    'registration to recording, registered 0.2 to 20 s after start',
    'polling each second',
    'p50 ≤ 0.5 s below 3 s of age',
  ),
  row(13, 'p99 of row 11 at 50/s over at 1/s', '1/s', '≤ 1.10'),
  row(14, 'burst of 500 calls in 1 s, Twilio takes 50 requests at once', 'no cap', '0 lost, wasted requests ≤ 10 %'),
  row(
    17,
    '`npm start` to the first call answered, over baseline; CPU minutes of `npm test`',
    '`cdk synth` alone; -',
    '≤ 1.5; ≤ 10',
  ),
  row(
    18,
    'growth: requests and time per call with 10, 100, 1,000, 10,000 calls due at once',
    'the smaller number',
    'flat within 10 %',
  ),
];
