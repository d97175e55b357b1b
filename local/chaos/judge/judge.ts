import { EVENT_DETAIL_TYPES as TYPES } from '../../../lambdas/shared/contract/events.ts';
import type { BusEvent } from '../../emulators/events-server.ts';
import { LOCAL_RECORDER } from '../../twilio/server/server.ts';
import type { TableRow } from '../../watch/table-rows.ts';
import { isLeftInSilence, isSilenceExplained, whyUnexplained } from './explain.ts';
import type { CallFacts, Facts, RecordingFacts } from './facts.ts';

/** What must not be, each entry in words. A run passes if there is none. */
export interface Violations {
  /** The audio is neither in S3, byte for byte, nor at Twilio with a row that knows of it. */
  readonly lost: readonly string[];
  /** Safe, but not yet where it belongs. */
  readonly unsettled: readonly string[];
  /** Deleted at Twilio sooner than allowed after its S3 object came to be. */
  readonly deletedEarly: readonly string[];
  /** A call's second recording that need not have been made. */
  readonly unexplainedExtras: readonly string[];
  /** Extra recordings that no row is flagged for. */
  readonly unflaggedExtras: readonly string[];
  /** Rows and objects of calls and recordings that Twilio never had: somebody believed a stranger. */
  readonly strays: readonly string[];
  /** Nobody was told what became of it, or somebody was told what did not. */
  readonly misannounced: readonly string[];
  /** A call without audio, beyond what its own length and the faults that hit it explain. */
  readonly unrecorded: readonly string[];
  /** A caller whom nobody served, though nothing had hit the step that should. */
  readonly silent: readonly string[];
}

export type ChaosVerdict = ReturnType<typeof judgeFacts>;

/** A sweep that is late by this much is no violation. */
const SWEEP_SLACK_MILLISECONDS = 120_000;

/** Judges what was found once everything has had its time to settle. `now` is milliseconds since 1970. */
export function judgeFacts(facts: Facts, options: { readonly keepAtTwilioMilliseconds: number; readonly now: number }) {
  const made = facts.recordings.filter(isOurs);
  const unrecorded = facts.calls.filter(({ recordings }) => !recordings.some(hasAudio));
  const silent = facts.calls.filter(isLeftInSilence);
  const withAudio = made.filter(hasAudio);
  const extras = facts.calls.map((call) => ({ call, ...extrasOf(call) }));
  const times = facts.calls.flatMap(({ streamStartedAt, recordings }) => {
    const first = Math.min(...recordings.map(({ startedAt }) => startedAt));
    return streamStartedAt === undefined || recordings.length === 0 ? [] : [(first - streamStartedAt) / 1000];
  });
  const violations: Violations = {
    lost: withAudio.flatMap(lossOf),
    unsettled: [
      ...made.flatMap((recording) => unsettledRecording(recording, options.now)),
      ...facts.calls.flatMap(unsettledCall),
    ],
    deletedEarly: made.flatMap((recording) => earlyDeletion(recording, options.keepAtTwilioMilliseconds)),
    unexplainedExtras: extras
      .filter(({ unexplained }) => unexplained > 0)
      .map(({ call, unexplained }) => `${call.callSid} has ${unexplained} recordings too many`),
    unflaggedExtras: facts.calls.flatMap(unflaggedExtras),
    strays: strays(facts),
    misannounced: facts.events === undefined ? [] : misannounced(facts.rows, facts.events),
    unrecorded: unrecorded.flatMap((call) => {
      const why = whyUnexplained(call, facts.troubles);
      return why === undefined ? [] : [`${call.callSid} has no audio: ${why}`];
    }),
    silent: silent
      .filter((call) => !isSilenceExplained(call, facts.troubles))
      .map(
        ({ callSid, heardAt }) => `${callSid} was left ${heardAt === undefined ? 'without' : 'behind'} the disclaimer`,
      ),
  };
  return {
    violations,
    explainedExtras: extras.reduce((sum, { explained }) => sum + explained, 0),
    /** Calls without any audio, by what is known of the reason. */
    unrecorded: countBy(unrecorded.map(reasonUnrecorded)),
    /** Callers who stayed on the line, and waited in silence for the disclaimer or for what follows it. */
    leftInSilence: silent.length,
    /** From a stream's start to its call's recording, in order. */
    secondsToRecording: times.sort((one, other) => one - other),
    storedIdentical: withAudio.filter(isInS3).length,
    deletedAtTwilio: made.filter(({ row, statuses }) => row?.state === 'deleted' && areGone(statuses)).length,
    waitingForDeletion: made.filter(({ row }) => row?.waiting?.next === 'delete').length,
  };
}

/** Shorter recordings are `absent`: Twilio kept no audio of them. */
const hasAudio = ({ status }: RecordingFacts) => status !== 'absent' && status !== 'failed';
/** Who made a recording, the model of Twilio knows; nobody else asks it. */
const isOurs = ({ actor }: RecordingFacts) => actor === LOCAL_RECORDER;
const isInS3 = ({ sha256AtTwilio, sha256InS3 }: RecordingFacts) =>
  sha256InS3 !== undefined && sha256InS3 === sha256AtTwilio;
const areGone = (statuses: readonly number[]) => statuses.length > 0 && statuses.every((status) => status === 404);

function lossOf(recording: RecordingFacts): string[] {
  const { sid, sha256InS3, status, row } = recording;
  if (isInS3(recording)) return [];
  const inS3 = sha256InS3 === undefined ? 'not in S3' : 'in S3 with other bytes';
  if (status === 'deleted') return [`${sid} is ${inS3}, and deleted at Twilio`];
  return row === undefined ? [`${sid} is ${inS3}, and no row knows that it is at Twilio`] : [];
}

function unsettledRecording(recording: RecordingFacts, now: number): string[] {
  const { sid, row, status, statuses } = recording;
  const say = (what: string) => [
    `${sid} ${what} (row: ${row?.state ?? 'none'}${row?.reason ? `, ${row.reason}` : ''})`,
  ];
  if (!hasAudio(recording)) return row?.state === status ? [] : say(`is ${status} at Twilio`);
  if (!isInS3(recording)) return status === 'deleted' || row === undefined ? [] : say('is not in S3');
  if (row?.state === 'deleted') return areGone(statuses) ? [] : say(`is still at Twilio, which answers ${statuses}`);
  if (row?.state !== 'stored' && row?.state !== 'deleting') return say('is in S3, but its row does not say so');
  const inTime = row.waiting?.next === 'delete' && row.waiting.due > now - SWEEP_SLACK_MILLISECONDS;
  return inTime ? [] : say('should have been deleted at Twilio');
}

function unsettledCall({ callSid, row, length }: CallFacts): string[] {
  if (length === undefined) return [`${callSid} has not ended`];
  const isSettled = row === undefined || row.state === 'recording' || row.state === 'unrecordable';
  return isSettled ? [] : [`${callSid} is over, and its row still says ${row.state}`];
}

function earlyDeletion({ sid, deletedAt, storedAt }: RecordingFacts, keepMilliseconds: number): string[] {
  if (deletedAt === undefined) return [];
  if (storedAt === undefined) return [`${sid} was deleted at Twilio, and nobody saw it go to S3`];
  const kept = deletedAt - storedAt;
  return kept >= keepMilliseconds ? [] : [`${sid} was deleted at Twilio ${kept} ms after it was stored`];
}

function extrasOf({ recordings, explainedExtras }: CallFacts): { explained: number; unexplained: number } {
  const made = recordings.filter(isOurs).length;
  const explained = Math.min(explainedExtras, Math.max(0, made - 1));
  return { explained, unexplained: Math.max(0, made - 1) - explained };
}

function unflaggedExtras({ callSid, recordings }: CallFacts): string[] {
  const flagged = recordings.filter(({ row }) => row?.extra === true).length;
  return flagged >= recordings.length - 1 ? [] : [`${callSid} has ${recordings.length} recordings, ${flagged} flagged`];
}

function strays({ calls, recordings, rows, objectKeys }: Facts): string[] {
  const callSids = new Set(calls.map(({ callSid }) => callSid));
  const recordingSids = new Set(recordings.map(({ sid }) => sid));
  const strayRows = rows.filter(
    ({ callSid, recordingSid }) =>
      !callSids.has(callSid) || (recordingSid !== undefined && !recordingSids.has(recordingSid)),
  );
  const strayKeys = objectKeys.filter((key) => !recordingSids.has(key.match(/RE[0-9a-f]{32}/)?.[0] ?? ''));
  return [
    ...strayRows.map(({ callSid, recordingSid }) => `a row of ${callSid} ${recordingSid ?? ''}`.trim()),
    ...strayKeys.map((key) => `an object ${key}`),
  ];
}

/** A call that Twilio has known for no longer than this can hardly be recorded when a single request fails. */
const SHORTLY_KNOWN_MILLISECONDS = 5000;

function reasonUnrecorded(call: CallFacts): string {
  const { row, twimlFetched, streamStartedAt, recordings, length = 0, registrationDelay } = call;
  if (recordings.length > 0) return 'the recording is too short for audio';
  if (!twimlFetched) return 'the call was never answered with TwiML';
  if (streamStartedAt === undefined) return 'its stream did not come about';
  if (row === undefined) return 'its stream started, but could be noted nowhere';
  if (row.state !== 'unrecordable') return `its row says ${row.state}`;
  const known = length - registrationDelay;
  if (known <= 0) return 'over before Twilio knew it';
  return known <= SHORTLY_KNOWN_MILLISECONDS
    ? 'over within 5 s of being known to Twilio'
    : 'over before it was recorded';
}

export function countBy(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** What a row went through on its way to where it stands now, as far as that is certain. */
function certainOf({ kind, state, extra }: TableRow): readonly string[] {
  if (kind === 'call') return state === 'unrecordable' ? [TYPES['call-unrecordable']] : [];
  return [
    TYPES['recording-started'],
    ...(state === 'absent' ? [TYPES['recording-absent']] : []),
    ...(state === 'failed' ? [TYPES['recording-failed']] : []),
    ...(state === 'fallback' ? [TYPES['recording-fell-back']] : []),
    ...(state === 'stored' || state === 'deleting' || state === 'deleted' ? [TYPES['recording-stored']] : []),
    ...(state === 'deleted' ? [TYPES['recording-deleted']] : []),
    ...(extra ? [TYPES['recording-extra']] : []),
  ];
}

/** Of these, what a row denies by where it stands now. */
function deniedBy(row: TableRow): readonly string[] {
  const certain = certainOf(row);
  const final = [TYPES['recording-stored'], TYPES['recording-deleted'], TYPES['recording-extra']];
  return [...final, TYPES['call-unrecordable']].filter((type) => !certain.includes(type));
}

const sidOf = ({ callSid, recordingSid }: Pick<TableRow, 'callSid' | 'recordingSid'>) => recordingSid ?? callSid;

/** Holds what the bus was told against the table: what is missing, and what is not so. */
function misannounced(rows: readonly TableRow[], events: readonly BusEvent[]): string[] {
  const told = new Map<string, Set<string>>();
  for (const { detailType, detail } of events) {
    const sid = String(detail.recordingSid ?? detail.callSid);
    told.set(sid, (told.get(sid) ?? new Set()).add(detailType));
  }
  const known = new Set(rows.map(sidOf));
  return [
    ...rows.flatMap((row) => {
      const of = told.get(sidOf(row)) ?? new Set();
      const missing = certainOf(row).filter((type) => !of.has(type));
      const wrong = deniedBy(row).filter((type) => of.has(type));
      return [
        ...missing.map((type) => `${sidOf(row)} is ${row.state}, and nobody was told "${type}"`),
        ...wrong.map((type) => `${sidOf(row)} is ${row.state}, and somebody was told "${type}"`),
      ];
    }),
    ...[...told.keys()].filter((sid) => !known.has(sid)).map((sid) => `something was told of ${sid}, which has no row`),
  ];
}
