/**
 * The simulator's own controls, so that scripts can do what a telephone does: POST with a JSON body.
 *
 * - `/simulator/calls` `{ voiceUrl, from?, to?, caller?, registrationDelay?, earlyRefusal?, hangUpAfterMs?, talkMs? }`
 * - `/simulator/recordings` `{ callSid, wav, statusCallback?, conferenceSid? }`
 * - `/simulator/refusals` `{ status: 429|500|503, count }`
 */
import { ControlError } from './api.ts';
import type { TwilioServer } from './options.ts';

type Body = Readonly<Record<string, unknown>>;

export function makeControl({
  placeCall,
  importRecording,
  refuse,
}: Pick<TwilioServer, 'placeCall' | 'importRecording' | 'refuse'>): (path: string, body: Body) => Promise<object> {
  return async (path, body) => {
    switch (path) {
      case '/simulator/calls': {
        allow(body, [...TEXTS, ...NUMBERS, 'earlyRefusal']);
        const voiceUrl = text(body, 'voiceUrl');
        if (voiceUrl === undefined) throw new ControlError('voiceUrl is missing: the URL that answers with TwiML');
        const { callSid } = await placeCall({
          voiceUrl,
          ...given(TEXTS, (name) => text(body, name)),
          ...given(NUMBERS, (name) => number(body, name)),
          ...(body.earlyRefusal === 'not-eligible' ? { earlyRefusal: 'not-eligible' } : {}),
        });
        return { callSid };
      }
      case '/simulator/recordings': {
        allow(body, ['callSid', 'wav', ...OF_RECORDINGS]);
        const [callSid, wav] = ['callSid', 'wav'].map((name) => text(body, name));
        if (callSid === undefined || wav === undefined) throw new ControlError('callSid and wav are needed');
        const more = given(OF_RECORDINGS, (name) => text(body, name) || undefined);
        return { recordingSid: await importRecording({ callSid, wav, ...more }) };
      }
      case '/simulator/refusals': {
        allow(body, ['status', 'count']);
        const { status } = body;
        if (status !== 429 && status !== 500 && status !== 503)
          throw new ControlError('status must be 429, 500 or 503');
        const count = number(body, 'count') ?? 1;
        refuse(status, count);
        return { status, count };
      }
      default:
        throw new ControlError(`${path} is none of /simulator/calls, /simulator/recordings, /simulator/refusals`);
    }
  };
}

const TEXTS = ['voiceUrl', 'from', 'to', 'caller'] as const;
const OF_RECORDINGS = ['statusCallback', 'conferenceSid'] as const;
const NUMBERS = ['registrationDelay', 'hangUpAfterMs', 'talkMs'] as const;

function allow(body: Body, names: readonly string[]): void {
  const unknown = Object.keys(body).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new ControlError(`${unknown} is unknown; there are ${names.join(', ')}`);
}

function text(body: Body, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || typeof value === 'string') return value;
  throw new ControlError(`${name} must be a string`);
}

function number(body: Body, name: string): number | undefined {
  const value = body[name];
  if (value === undefined || (typeof value === 'number' && value >= 0)) return value;
  throw new ControlError(`${name} must be a number from 0`);
}

/** The properties that are given, without those that are undefined. */
function given<Name extends string, Value>(
  names: readonly Name[],
  read: (name: Name) => Value | undefined,
): { [name in Name]?: Value } {
  const properties: { [name in Name]?: Value } = {};
  for (const name of names) {
    const value = read(name);
    if (value !== undefined) properties[name] = value;
  }
  return properties;
}
