/** What happens, as the theatre shows it. */
import type { Stage, Told } from '../../console/api/theatre-contract.ts';
import type { SystemEvent } from '../system/system-options.ts';
import type { TwilioServerEvent } from '../twilio/server/events.ts';
import { describeRequest, describeTwilio, detailOf } from '../watch/timeline.ts';

type Telling = Omit<Told, 'id' | 'at'>;

/** How many events are kept for pages that connect later. */
const KEPT = 2000;

/** Keeps what is told, and passes it on to who watches. */
export function createTeller(now: () => number = Date.now) {
  const kept: Told[] = [];
  const watchers = new Set<(told: Told) => void>();
  const callOfRecording = new Map<string, string>();
  let id = 0;
  return {
    observe(event: SystemEvent): void {
      const telling = tellingOf(event, callOfRecording);
      if (telling === undefined) return;
      id += 1;
      const told: Told = { id, at: now(), ...telling };
      kept.push(told);
      if (kept.length > KEPT) kept.shift();
      for (const watch of watchers) watch(told);
    },
    /** Gets everything after an id, then what is told from now on. @returns what ends it */
    watch(after: number, watcher: (told: Told) => void): () => void {
      for (const told of kept) if (told.id > after) watcher(told);
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
  };
}

function tellingOf(event: SystemEvent, callOfRecording: Map<string, string>): Telling | undefined {
  switch (event.kind) {
    case 'twilio':
      return ofTwilio(event.event, callOfRecording);
    case 'log':
      return ofLog(event.step, event.line.record, callOfRecording);
    case 'problem':
      return { who: 'problem', what: event.message, level: 'bad' };
    default:
      return undefined;
  }
}

const STAGES: { readonly [kind in TwilioServerEvent['kind']]?: Stage } = {
  'call-started': 'answered',
  'stream-start-sent': 'streaming',
  'recording-started': 'recording',
  'call-ended': 'ended',
  'recording-deleted': 'deleted',
};

function ofTwilio(event: TwilioServerEvent, callOfRecording: Map<string, string>): Telling | undefined {
  if (event.kind === 'rest-request') {
    const callSid = sidOf(event.path, callOfRecording);
    const level = event.status < 400 ? 'plain' : 'warning';
    return callSid === undefined ? undefined : { callSid, who: 'Twilio REST', what: describeRequest(event), level };
  }
  const what = describeTwilio(event);
  if (what === undefined || event.callSid === null) return undefined;
  if ('recordingSid' in event) callOfRecording.set(event.recordingSid, event.callSid);
  const stage = STAGES[event.kind];
  const level = event.kind === 'warning' ? 'warning' : 'plain';
  return { callSid: event.callSid, who: 'Twilio', what, level, ...(stage && { stage }) };
}

const sidOf = (path: string, callOfRecording: ReadonlyMap<string, string>): string | undefined =>
  /CA[0-9a-f]{32}/.exec(path)?.[0] ?? callOfRecording.get(/RE[0-9a-f]{32}/.exec(path)?.[0] ?? '');

const LOG_STAGES: { readonly [event: string]: Stage } = {
  recording_stored: 'stored',
  recording_sid_captured: 'called-back',
  recording_deleted: 'deleted',
};

type LogRecord = Extract<SystemEvent, { kind: 'log' }>['line']['record'];

function ofLog(who: string, record: LogRecord, callOfRecording: ReadonlyMap<string, string>): Telling | undefined {
  if (typeof record?.message !== 'string') return undefined;
  const text = (name: string) => (typeof record[name] === 'string' ? record[name] : undefined);
  const callSid = text('callSid') ?? callOfRecording.get(text('recordingSid') ?? '');
  const isBad = record.level === 'ERROR' || record.level === 'CRITICAL';
  const isWarning = record.level === 'WARN';
  if (callSid === undefined && !isBad && !isWarning) return undefined;
  const stage = LOG_STAGES[text('event') ?? ''];
  return {
    ...{
      who,
      what: `${record.message}${detailOf(record)}`,
      level: isBad ? 'bad' : isWarning ? 'warning' : stage ? 'good' : 'plain',
    },
    ...(callSid !== undefined && { callSid }),
    ...(stage && { stage }),
  };
}
