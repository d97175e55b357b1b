/** The wire between two calls of the account that are one conversation: what is heard on one is said on the other. */
import type { Voice } from '../audio/voice.ts';
import { FRAME_SAMPLES, type Line } from './line.ts';

/** More than the lines' order within a beat can hold up; a wire that nobody reads does not grow. */
const FRAMES_HELD = 5;

/** One direction. Silence, while nothing comes; it ends for nobody, as a line does that stays open. */
class Wire implements Voice {
  readonly #frames: Int16Array[] = [];

  carry(frame: Int16Array): void {
    this.#frames.push(frame.slice());
    if (this.#frames.length > FRAMES_HELD) this.#frames.shift();
  }

  read(into: Int16Array, offset: number): number {
    const room = Math.min(FRAME_SAMPLES, into.length - offset);
    const frame = this.#frames.shift();
    into.fill(0, offset, offset + room);
    if (frame) into.set(frame.subarray(0, room), offset);
    return room;
  }

  close(): void {
    this.#frames.length = 0;
  }
}

/** The voices of both calls, which exist before the calls do, and what joins the lines once they exist. */
export function makeBridge() {
  const [toCalling, toCalled] = [new Wire(), new Wire()];
  return {
    /** What the calling side says, as the called line hears it. */
    callingVoice: toCalled as Voice,
    calledVoice: toCalling as Voice,
    join(calling: Line, called: Line): void {
      calling.listen((_said, heard) => toCalled.carry(heard));
      called.listen((_said, heard) => toCalling.carry(heard));
    },
  };
}
