/** Where a recording's copy is. */
import type { World } from '../world/world.ts';

/** The object with the audio that Twilio serves as what recordings are kept as; `undefined` where it has other bytes. */
export function copyIn({ bucket, twilio, audioFormat }: World, callSid: string, sid: string) {
  const object = bucket.object(`recordings/${callSid}/${sid}.${audioFormat}`);
  return object && twilio.audioOf(sid, audioFormat).equals(object.bytes) ? object : undefined;
}
