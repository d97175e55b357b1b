import type { System } from '../system/system.ts';
import type { ObservedCall } from './call-observer.ts';
import { exportAudio } from './stored-recordings.ts';
import { readRecordings } from './table-rows.ts';

/** One thing that must have happened. */
interface Finding {
  readonly what: string;
  readonly seen: boolean;
  /** What was seen instead, or in figures. */
  readonly detail: string;
}

export type CallCheck = Awaited<ReturnType<typeof checkCall>>;

const START_DELAY_MILLISECONDS = 1000;

/**
 * Looks at a call from outside: at what Twilio saw, at the table and the bucket through the SDK, and at what Twilio's
 * API answers now. What the functions say about themselves is no evidence.
 */
export async function checkCall(system: System, directory: string, callSid: string, call: ObservedCall) {
  const [recordingSid] = call.recordingSids;
  const rows = await readRecordings(system, callSid);
  const row = rows.find((candidate) => candidate.recordingSid === recordingSid);
  const audio =
    recordingSid === undefined || row?.stored === undefined
      ? undefined
      : await exportAudio(system, directory, recordingSid, row.stored);
  const served = await call.audio.get(recordingSid ?? '');
  const atTwilio = recordingSid === undefined ? [] : await statusesAtTwilio(system, recordingSid);
  const completed = call.callbacks.filter(({ event }) => event === 'completed');
  const isAccepted = completed.some(({ status }) => status !== null && status >= 200 && status < 300);
  const findings = [
    ...(call.firstVerb === 'Start' ? twimlFindings(call) : streamFindings(call)),
    finding(
      'exactly one recording was made',
      call.recordingSids.length === 1,
      `Twilio has ${call.recordingSids.length}`,
    ),
    finding('the caller heard the disclaimer to its end', call.disclaimerHeard),
    finding('the call ended', call.ended),
    finding(
      "the recording's completion was called back and accepted",
      isAccepted,
      completed.map(({ status }) => `answered ${status ?? 'not at all'}`).join(', '),
    ),
    finding(
      'the S3 object is identical with the recording at Twilio',
      served !== undefined && audio?.sha256 === served,
      audio === undefined ? 'there is no object' : `${audio.bytes} bytes, SHA-256 ${audio.sha256.slice(0, 16)}…`,
    ),
    finding(
      "Twilio's copy was deleted: it answers 404 for the recording and its audio",
      atTwilio.length > 0 && atTwilio.every((status) => status === 404) && call.deleted.has(recordingSid ?? ''),
      `it answers ${atTwilio.join(' and ') || 'nothing'}`,
    ),
    finding("the table's row says so", row?.state === 'deleted', `it says ${row?.state ?? 'nothing'}`),
  ];
  return { findings, recordingSid, audio, stored: row?.stored };
}

function finding(what: string, seen: boolean, detail = ''): Finding {
  return { what, seen, detail };
}

const streamFindings = (call: ObservedCall): Finding[] => [
  finding('Twilio was told to stream the call', call.twimlFetched && call.startSentAt !== undefined),
  startFinding(call),
];

/** Where TwiML starts the recording. */
function twimlFindings({
  twimlFetched,
  recordedBeforeDisclaimer,
  startRequests,
  startSentAt,
}: ObservedCall): Finding[] {
  const requests = startRequests.length;
  return [
    finding('Twilio was told to record the call', twimlFetched && recordedBeforeDisclaimer),
    finding(
      'no stream was opened, and no start was requested',
      startSentAt === undefined && requests === 0,
      `${startSentAt === undefined ? 'no stream' : 'a stream'}, ${requests} requests`,
    ),
  ];
}

function startFinding({ startSentAt, startRequests }: ObservedCall): Finding {
  const what = 'the recording was started no sooner than 1.000 s after the stream';
  const [first] = startRequests;
  if (startSentAt === undefined || first === undefined) return finding(what, false, 'it was not requested');
  const success = startRequests.find(({ status }) => status === 201);
  const elapsed = (at: number) => `${((at - startSentAt) / 1000).toFixed(3)} s`;
  const attempts = startRequests.length === 1 ? '' : `, at attempt ${startRequests.length}`;
  return finding(
    what,
    success !== undefined && first.at - startSentAt >= START_DELAY_MILLISECONDS,
    success === undefined
      ? `${startRequests.length} requests, none of which succeeded`
      : `first request after ${elapsed(first.at)}, success after ${elapsed(success.at)}${attempts}`,
  );
}

/** What Twilio answers for the recording, and for its audio. */
export async function statusesAtTwilio({ endpoints }: System, recordingSid: string): Promise<number[]> {
  const { url, accountSid, authToken } = endpoints.twilio;
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  const statuses: number[] = [];
  for (const ending of ['json', 'wav']) {
    const address = `${url}/2010-04-01/Accounts/${accountSid}/Recordings/${recordingSid}.${ending}`;
    const reply = await fetch(address, { headers: { authorization } });
    await reply.body?.cancel();
    statuses.push(reply.status);
  }
  return statuses;
}
