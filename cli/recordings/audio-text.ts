/** Where a recording's audio is, in words. */
import type { AudioPlace } from '../../lambdas/shared/rules/call/story.ts';

export function audioAsText(audio: AudioPlace): string {
  if (audio.where === 's3') return `${audio.uri}${audio.alsoAtTwilio ? ' (and still at Twilio)' : ''}`;
  if (audio.where === 'twilio') return `${audio.url} (only at Twilio)`;
  return `none: ${audio.why}`;
}
