/** The theatre's routes with a scene of their own: one call is stored, one falls back, one is being recorded. */

import { type Counters, FAULTS, type Stage, type Told } from '../../../console/api/theatre-contract.ts';
import type { MoreRoutes } from '../../../console/serve/server.ts';

type Line = [who: string, what: string, stage?: Stage | undefined, level?: Told['level']];

const BEGUN: readonly Line[] = [
  ['Twilio', 'call from +15005550001 to +15005550006', 'answered'],
  ['incoming-call', 'Call answered'],
  ['Twilio', 'start sent', 'streaming'],
  ['Twilio', 'recording started', 'recording'],
  ['recording-start', 'Call recording started successfully', undefined, 'good'],
];
const OVER: readonly Line[] = [
  ['Twilio', 'call ended after 14.20 s', 'ended'],
  ['recording-callback', 'Recording SID captured', 'called-back', 'good'],
];
const CALLS: readonly (readonly Line[])[] = [
  [...BEGUN, ...OVER, ['recording-copy', 'Recording stored in S3 (454,444 bytes)', 'stored', 'good']],
  [...BEGUN, ...OVER, ['recording-copy', 'Copying has failed (error: 503, will be retried)', undefined, 'warning']],
  BEGUN,
];
const COUNTERS: Counters = { made: 2, stored: 1, atTwilio: 1, unnoted: 0, lost: 0, extra: 0 };
const AT = Date.UTC(2026, 2, 17, 11);

const TOLD: readonly Told[] = CALLS.flatMap((lines, call) =>
  lines.map(([who, what, stage, level = 'plain'], line) => ({
    ...{
      id: call * 100 + line + 1,
      at: AT + line * 700,
      callSid: `CA${String(call + 1).repeat(32)}`,
      who,
      what,
      level,
    },
    ...(stage && { stage }),
  })),
);

export const stagedTheatre: MoreRoutes = async (_request, response, path) => {
  if (path === '/local/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(TOLD.map((told) => `id: ${told.id}\ndata: ${JSON.stringify(told)}\n\n`).join(''));
    return;
  }
  const faults = Object.fromEntries(FAULTS.map((fault) => [fault, fault === 's3-down']));
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(path === '/local/faults' ? faults : COUNTERS));
};
