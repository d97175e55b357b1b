/** Holds each deletion at Twilio against the promise: whose it is, how old its copy is, and whether deletions are on at all. */
import type { RecordingRow } from '../../../lambdas/shared/rules/table/rows.ts';
import { type Instant, SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import type { Recording, TwilioState } from '../../../sim/twilio/state.ts';
import { TIMEOUT_SECONDS } from '../world/deployment.ts';
import { RECORDER } from '../world/twilio-world.ts';
import type { World } from '../world/world.ts';
import type { Invariant } from './invariant.ts';

interface Known {
  readonly world: World;
  readonly now: Instant;
  /** Clocks differ by as much. */
  readonly skewMs: number;
  readonly rowOf: (recordingSid: string) => RecordingRow | undefined;
}

type Broken = (invariant: Invariant, what: string) => void;

export function judgeDeletions(before: TwilioState, after: TwilioState, known: Known, broken: Broken): void {
  const { deletionsOffSince: off, configuration } = known.world;
  // An invocation that had begun goes on with the configuration that it began with.
  if (off !== undefined && known.now > off + TIMEOUT_SECONDS['recording-delete'] * SECOND) {
    broken('I2', `a recording was deleted though deletions are ${configuration.deletions}`);
  }
  for (const recording of after.recordings.values()) {
    const isNew = recording.status === 'deleted' && before.recordings.get(recording.sid)?.status !== 'deleted';
    if (isNew) judgeDeletion(recording, known, broken);
  }
}

function judgeDeletion({ sid, callSid, actor, encryption }: Recording, known: Known, broken: Broken): void {
  const { world, now, skewMs, rowOf } = known;
  const keepMs = world.configuration.keepAtTwilioMs;
  const row = rowOf(sid);
  if (actor !== RECORDER && !world.imported.get(sid)) broken('I13', `${sid} of ${actor} was deleted at Twilio`);
  if (encryption && JSON.stringify(row?.encryption) !== JSON.stringify(encryption)) {
    broken('I1', `${sid} was deleted at Twilio, and nothing is kept that its audio can be read with`);
  }
  const object = copyIn(world, callSid, sid);
  if (!object) {
    broken('I1', `${sid} was deleted at Twilio, and S3 does not hold it`);
    return;
  }
  // S3's date is compared with one clock that may be off, our note with two of them.
  const age = now - object.lastModified;
  if (age < keepMs - skewMs) broken('I2', `${sid} was deleted at Twilio ${age} ms after the upload`);
  const since = now - (row?.stored?.storedAt ?? now);
  if (since < keepMs - 2 * skewMs) broken('I2', `${sid} was deleted at Twilio ${since} ms after the note`);
}

/** The object with the audio that Twilio serves as what recordings are kept as; `undefined` where it has other bytes. */
export function copyIn(world: World, callSid: string, sid: string) {
  const format = world.keptAs(sid);
  const object = world.bucket.object(`recordings/${callSid}/${sid}.${format}`);
  return object && world.twilio.audioOf(sid, format).equals(object.bytes) ? object : undefined;
}
