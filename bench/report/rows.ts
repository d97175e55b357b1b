/** The rows: what is measured, the goal, and why some miss it. */

interface Row {
  readonly row: number;
  readonly measure: string;
  readonly goal: string;
}

const row = (number: number, measure: string, goal: string): Row => ({ row: number, measure, goal });

export const ROWS: readonly Row[] = [
  row(
    1,
    'CPU to load each bundle and be ready, over an empty handler',
    '≤ 1.35 for webhook and TwiML functions, ≤ 4.7 with AWS clients',
  ),
  row(2, 'the same, baseline over ours', '≥ 2.5'),
  row(3, 'bundle size, baseline over ours', '≥ 8'),
  row(4, 'CPU of the first invocation after load, TLS set-up included, baseline over ours', '≥ 1.5'),
  row(5, 'copy throughput, 1 GB, TLS on loopback, ours over baseline', '≥ 0.55'),
  row(6, 'CPU seconds per GB copied, ours over baseline', '≤ 0.65'),
  row(7, 'peak RSS growth from 16 MB to 4 GB, ours over baseline', '≤ 0.5'),
  row(8, 'Lambda invocations, two-hour call over ten-second call', '1.00'),
  row(9, 'billed WebSocket messages of a call', '≤ 50 × (disclaimer seconds + 2)'),
  row(10, 'AWS dollars per ten-minute call, baseline over ours', '≥ 50'),
  row(11, "stream start to Twilio's receipt of the start request, 50 calls/s", 'p50 ≤ 1.05, p99 ≤ 1.15, never < 1.000'),
  row(12, 'registration to recording, registered 0.2 to 20 s after start', 'p50 ≤ 0.5 s below 3 s of age'),
  row(13, 'p99 of row 11 at 50/s over at 1/s', '≤ 1.10'),
  row(14, 'burst of 500 calls in 1 s, Twilio takes 50 requests at once', '0 lost, wasted requests ≤ 10 %'),
  row(17, '`npm start` to the first call answered, over baseline; CPU minutes of `npm test`', '≤ 1.5; ≤ 10'),
  row(18, 'growth: requests and time per call with 10, 100, 1,000, 10,000 calls due at once', 'flat within 10 %'),
];

/** Why a row misses its goal, where it does on a quiet machine; docs/performance.md tells how each was found. */
export const WHY: { readonly [row: number]: string } = {
  1: 'incoming-call must read its secret, so it loads an AWS client: without one it would take 1.5 times an empty function (signature and TwiML 1.3 each, logging 1.5 alone), and TLS for any client of its own makes it 2.2. Loading the client at the first call instead would only move the work from the start, where Lambda gives a whole processor, into the time that a caller waits.',
  2: 'the AWS clients are the same on both sides; what is left of ours is mostly they.',
  3: 'two thirds of the bundle are AWS clients, which the baseline has too.',
  4: "what both do is most of it: the SDK's first request, and TLS with each host. What is saved is the HTTP client of Twilio's SDK, about 15 ms; incoming-call sends nothing to Twilio, and logs, which the baseline does not. Load and first invocation together are the figure that a cold start feels: see the note.",
  5: 'a process of Node.js that decrypts, checks, digests and encrypts on one thread, beside two servers on the same processors; curl has a process for each direction.',
  6: "TLS both ways, SHA-256 and Node.js's own handling of 16 kB records are what is left.",
  9: 'frames come at fifty a second until the disclaimer has been heard.',
  10: "the messages of the stream while the disclaimer plays are three fifths of our cost; they go down only with the disclaimer's length.",
  11: 'the emulator of SQS, the benchmark, and whatever else the machine does share its processors at fifty calls a second.',
  13: 'as row 11.',
  17: 'npm start does what cdk synth does, then starts three emulators, a Twilio and the first function, and lets the telephone ring for half a second.',
  18: 'requests are flat; what a call takes is a few microseconds, which other work on the machine disturbs.',
};
