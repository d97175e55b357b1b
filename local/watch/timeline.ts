import { styleText } from 'node:util';
import type { Step } from '../../lambdas/shared/contract/steps.ts';
import type { BusEvent } from '../emulators/events-server.ts';
import type { LogLine } from '../lambda/environment.ts';
import type { Emit } from '../system/system-options.ts';
import type { TwilioServerEvent } from '../twilio/server/events.ts';

export interface TimelineOptions {
  readonly write: (text: string) => void;
  /** Where problems go. Default: where everything goes. */
  readonly writeProblem?: (text: string) => void;
  /** Colours are for terminals only. */
  readonly colours: boolean;
  readonly now: () => number;
}

type Colour = 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** What starts quicker than this is there before one could wonder. */
const WORTH_TELLING_MILLISECONDS = 50;

/** By these a call begins; what else is told of a call that has not begun comes of an earlier start. */
const BEGINNINGS: ReadonlySet<TwilioServerEvent['kind']> = new Set(['call-started', 'twiml-fetched', 'verb']);
/** The step that begins a call where Twilio is not simulated. */
const FIRST_STEP: Step = 'incoming-call';

/** The calls of this start, numbered as they come. */
class Calls {
  readonly #now: () => number;
  readonly #calls = new Map<string, { readonly number: number; readonly begun: number }>();
  readonly #callOfRecording = new Map<string, string>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** @returns the call's number, where it begins just now */
  begin(sid: string): number | undefined {
    if (this.#calls.has(sid)) return undefined;
    this.#calls.set(sid, { number: this.#calls.size + 1, begun: this.#now() });
    return this.#calls.size;
  }

  sidOf(callSid: string | undefined, recordingSid: string | undefined): string | undefined {
    const sid = callSid ?? this.#callOfRecording.get(recordingSid ?? '');
    if (sid !== undefined && recordingSid !== undefined) this.#callOfRecording.set(recordingSid, sid);
    return sid;
  }

  /** The call's number, where there are several, and the seconds since it came in; of an earlier start's call, its SID. */
  prefixOf(sid: string | undefined): string {
    const call = this.#calls.get(sid ?? '');
    const earlier = sid === undefined ? '' : `${sid.slice(0, 6)}…`;
    const elapsed = call === undefined ? earlier : `${((this.#now() - call.begun) / 1000).toFixed(2)} s`;
    const isAlone = this.#calls.size < 2;
    const number = call === undefined || isAlone ? '' : `#${call.number}`;
    return number.padStart(isAlone ? 0 : 4) + elapsed.padStart(10);
  }
}

/**
 * Call by call, what happens: the functions' log messages and what Twilio does, each with the seconds since the call
 * came in. A call of an earlier start is named by its SID instead. What belongs to no call is shown only if it is a warning
 * or worse.
 */
export function createTimeline({ write, writeProblem = write, colours, now }: TimelineOptions): Emit {
  const calls = new Calls(now);
  // Who calls has seen whether the output shows colours.
  const paint = (text: string, colour: Colour) => (colours ? styleText(colour, text, { validateStream: false }) : text);

  function begin(sid: string | undefined): void {
    const number = sid && calls.begin(sid);
    if (number) write(`\n${paint(`Call ${number}  ${sid}`, 'cyan')}\n`);
  }

  function line(sid: string | undefined, who: string, what: string, colour?: Colour, output = write): void {
    const prefix = `${calls.prefixOf(sid)}  ${who.padEnd(19)}`;
    output(`${paint(prefix, 'dim')}${colour === undefined ? what : paint(what, colour)}\n`);
  }

  function log(step: string, { record }: LogLine): void {
    if (typeof record?.message !== 'string') return;
    const text = (name: string) => (typeof record[name] === 'string' ? record[name] : undefined);
    const sid = calls.sidOf(text('callSid'), text('recordingSid'));
    const isBad = record.level === 'WARN' || record.level === 'ERROR' || record.level === 'CRITICAL';
    if (sid === undefined && !isBad) return;
    if (step === FIRST_STEP) begin(sid);
    line(sid, step, `${record.message}${detailOf(record)}`, colourOf(record));
  }

  function twilio(event: TwilioServerEvent): void {
    const recordingSid = 'recordingSid' in event ? event.recordingSid : undefined;
    const callSid = 'callSid' in event ? (event.callSid ?? undefined) : undefined;
    if (event.kind === 'rest-request') {
      const [callInPath] = event.path.match(/CA[0-9a-f]{32}/) ?? [];
      const [recordingInPath] = event.path.match(/RE[0-9a-f]{32}/) ?? [];
      const sid = calls.sidOf(callInPath, recordingInPath);
      if (sid !== undefined) line(sid, 'Twilio REST', describeRequest(event), event.status < 400 ? 'dim' : 'yellow');
      return;
    }
    const sid = calls.sidOf(callSid, recordingSid);
    if (BEGINNINGS.has(event.kind)) begin(sid);
    const text = describeTwilio(event);
    if (text !== undefined) line(sid, 'Twilio', text, event.kind === 'warning' ? 'yellow' : 'dim');
  }

  function announced({ bus, detailType, detail }: BusEvent): void {
    line(typeof detail.callSid === 'string' ? detail.callSid : undefined, `bus ${bus}`, `event: ${detailType}`, 'cyan');
  }

  return (event) => {
    switch (event.kind) {
      case 'log':
        return log(event.step, event.line);
      case 'twilio':
        return twilio(event.event);
      case 'announced':
        return announced(event.event);
      case 'started':
        if (event.milliseconds < WORTH_TELLING_MILLISECONDS) return;
        return write(paint(`${(event.milliseconds / 1000).toFixed(1).padStart(9)} s  ${event.label}\n`, 'dim'));
      case 'problem':
        return line(undefined, 'problem', event.message, 'red', writeProblem);
    }
  };
}

function colourOf({ level, event }: { readonly [name: string]: unknown }): Colour {
  if (level === 'ERROR' || level === 'CRITICAL') return 'red';
  if (level === 'WARN') return 'yellow';
  return event === undefined ? 'dim' : 'green';
}

/** What a message needs to be understood without its other fields. */
export function detailOf(record: { readonly [name: string]: unknown }): string {
  const parts: string[] = [];
  if (record.status !== undefined) parts.push(`status ${record.status}`);
  if (record.code !== undefined) parts.push(`code ${record.code}`);
  if (record.level !== 'INFO' && record.status === undefined && record.reason !== undefined)
    parts.push(String(record.reason));
  if (record.willRetry === true) parts.push('will be retried');
  if (record.willRetry === false) parts.push('will not be retried');
  if (typeof record.bytes === 'number') parts.push(`${record.bytes.toLocaleString('en-US')} bytes`);
  if (typeof record.due === 'string') parts.push(`due ${record.due}`);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

export function describeRequest({ method, path, status, code }: EventOf<'rest-request'>): string {
  const short = path.replace(/^.*\/Accounts\/AC[0-9a-f]{32}/, '').replace(/(CA|RE)([0-9a-f]{4})[0-9a-f]{28}/g, '$1$2…');
  return `${method} ${short} → ${status}${code === null ? '' : ` (code ${code})`}`;
}

type EventOf<Kind> = TwilioServerEvent & { readonly kind: Kind };

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`;

const DESCRIPTIONS: { readonly [kind in TwilioServerEvent['kind']]?: (event: EventOf<kind>) => string } = {
  'call-started': ({ from, to }) => `call from ${from} to ${to}`,
  'twiml-fetched': ({ url, status }) => `fetched TwiML from ${new URL(url).pathname} (${status})`,
  verb: ({ verb }) => `<${verb}>`,
  played: ({ url }) => `${new URL(url).pathname} played to its end`,
  'stream-opened': () => 'WebSocket opened',
  'stream-start-sent': () => 'start sent',
  'mark-returned': ({ name }) => `mark ${name} returned: played to its end`,
  'stream-closed': ({ by }) => `WebSocket closed by ${by === 'twilio' ? 'Twilio' : 'the application'}`,
  'recording-started': ({ recordingSid }) => `recording ${recordingSid} started`,
  'recording-completed': ({ status, milliseconds }) => `recording ${status}, ${seconds(milliseconds)}`,
  'callback-sent': ({ event, status, attempts }) =>
    `told the callback: ${event} (${status ?? 'no reply'}${attempts > 1 ? `, attempt ${attempts}` : ''})`,
  'call-ended': ({ milliseconds }) => `call ended after ${seconds(milliseconds)}`,
  'recording-deleted': () => 'recording deleted',
  warning: ({ code, message }) => `warning ${code}: ${message}`,
};

/** That both are of the same kind, the types cannot tell. */
export const describeTwilio = (event: TwilioServerEvent): string | undefined =>
  (DESCRIPTIONS[event.kind] as ((event: TwilioServerEvent) => string) | undefined)?.(event);
