/** What a number's owner has put into its voice URL, and what Twilio then asks for. */
import { HTTP_PATHS } from '../../../lambdas/shared/contract/http.ts';
import type { StartBy, WithoutStream } from '../../../lambdas/shared/contract/settings.ts';
import type { Draw } from '../faults/drawn.ts';
import type { Draws } from '../faults/draws.ts';
import { PUBLIC_URL } from '../world/deployment.ts';

/** The owner's wishes for one call. What is absent comes from the stack's configuration. */
export interface VoiceUrl {
  readonly record?: 'off';
  readonly withoutStream?: WithoutStream;
  readonly startBy?: StartBy;
  readonly team?: string;
  /** `sales` is deployed; `gone` was, once. */
  readonly disclaimer?: 'sales' | 'gone';
  /** Parameters that the recorder cannot read. They change nothing. */
  readonly unreadable?: string;
}

export function drawVoiceUrl(draws: Draws): VoiceUrl {
  if (!draws.chance('policy', 0.25)) return {};
  return {
    ...(draws.chance('not wanted', 0.15) && { record: 'off' }),
    ...(draws.chance('without stream', 0.5) && {
      withoutStream: draws.pick('without stream is', ['record', 'record', 'leave']),
    }),
    ...(draws.chance('start by, by the number', 0.2) && { startBy: draws.pick('start by is', ['stream', 'twiml']) }),
    ...(draws.chance('team', 0.3) && { team: 'sales' }),
    ...(draws.chance('disclaimer', 0.3) && { disclaimer: draws.pick('disclaimer is', ['sales', 'sales', 'gone']) }),
    ...(draws.chance('unreadable', 0.3) && {
      unreadable: draws.pick('unreadable is', ['colour=red', 'after=nowhere', 'team=%00', 'withoutStreams=record']),
    }),
  };
}

export function voiceUrlOf({ unreadable, ...wishes }: VoiceUrl): string {
  const query = [...(unreadable ? [unreadable] : []), new URLSearchParams(wishes).toString()].filter(Boolean).join('&');
  return `${PUBLIC_URL}${HTTP_PATHS.voice}${query && `?${query}`}`;
}

export function drawsOfVoiceUrl({ record, withoutStream, startBy, disclaimer, unreadable }: VoiceUrl): Draw[] {
  return [
    ...(startBy ? (['a number that says how recordings begin'] as const) : []),
    ...(record === 'off' ? (['a number whose calls are not to be recorded'] as const) : []),
    ...(withoutStream ? ([`a number that says ${withoutStream} without a stream`] as const) : []),
    ...(disclaimer ? ([`a number that names a disclaimer, ${disclaimer}`] as const) : []),
    ...(unreadable ? (['a voice URL that cannot be read in full'] as const) : []),
  ];
}
