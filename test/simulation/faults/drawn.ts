/** What a history may draw beside the faults of its requests. Each is counted where it comes about, not where it is drawn. */
import { DAY } from '../../../lambdas/shared/rules/values/instant.ts';
import type { Reply } from '../../../sim/twilio/errors.ts';
import type { TwilioRequest } from '../../../sim/twilio/requests.ts';
import type { TwilioState } from '../../../sim/twilio/state.ts';

export const DRAWS = [
  // The owner's options.
  'deletions paused',
  'deletions never',
  'deletions changed',
  'events off',
  'kept longer than a day',
  'kept as MP3',
  'a recording that TwiML starts',
  'a recording that TwiML does not start',
  'TwiML that is asked for twice',
  'TwiML that is carried out twice',
  'recorded without a stream',
  'a number whose calls are not to be recorded',
  'a number that says how recordings begin',
  'a number that says record without a stream',
  'a number that says leave without a stream',
  'a number that names a disclaimer, sales',
  'a number that names a disclaimer, gone',
  'a voice URL that cannot be read in full',
  'a voice URL that does not answer',
  'a handshake that fails, then next-verb',
  'a handshake that fails, then hang-up',
  'a stream that comes late',
  'a foreign stream, refused',
  'a foreign stream, recorded with the disclaimer',
  'a foreign stream, recorded',
  // Event sources.
  'a batch',
  'a batch that failed in part',
  // Twilio.
  'encryption, in the names that are documented',
  'encryption, in the names that are in use',
  'a recording that failed',
  'a list of several pages',
  'processing for longer than a day',
  'a copy that goes on in another invocation',
  'a first comparison hours after the first call',
  // Other applications of the account.
  'a pause, and silence',
  'a pause, and nothing in its place',
  'a pause up to the end of the call',
  "another's mono recording over REST, before ours",
  "another's mono recording over REST, while ours runs",
  "another's dual recording over REST, before ours",
  "another's dual recording over REST, while ours runs",
  "another's recording in the place of ours, which it stops",
  "another's recording that calls back to us",
  "another's recording of another call",
  'a second stage that records the same call',
  'a second stage that records its own call',
  // The owner.
  'an import that keeps',
  'an import that deletes',
] as const;
export type Draw = (typeof DRAWS)[number];

export type DrawCounts = Map<Draw, number>;

export function addDraws(counts: DrawCounts, more: ReadonlyMap<Draw, number>): void {
  for (const [draw, count] of more) counts.set(draw, (counts.get(draw) ?? 0) + count);
}

/** What shows at Twilio itself. */
export function drawsAt(request: TwilioRequest, { settings, recordings }: TwilioState, { body, media }: Reply): Draw[] {
  const draws: Draw[] = [];
  if (body && 'next_page_uri' in body && body.next_page_uri !== null) draws.push('a list of several pages');
  if (media?.from) draws.push('a copy that goes on in another invocation');
  if (request.kind !== 'recording-processed') return draws;
  if (settings.processingMilliseconds > DAY) draws.push('processing for longer than a day');
  const { status, encryption } = recordings.get(request.recordingSid) ?? {};
  if (status === 'failed') draws.push('a recording that failed');
  if (encryption) {
    const described = settings.encryption === 'as-described';
    draws.push(`encryption, in the names that are ${described ? 'documented' : 'in use'}`);
  }
  return draws;
}
