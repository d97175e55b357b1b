/**
 * Recordings on disk. Audio is appended as the call goes to `RE….wav.part`, which becomes `RE….wav` when the recording
 * ends; what a killed process left behind is finished from its length.
 */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Track } from '../../../sim/twilio/state.ts';
import { saturate } from '../audio/voice.ts';
import { finishWav, HEADER_BYTES, wavHeader, wavMilliseconds } from '../audio/wav.ts';
import { FRAME_SAMPLES, type Line } from './line.ts';

/** Half a second of audio is held before it is written. */
const FRAMES_HELD = 25;

export type Recorder = ReturnType<typeof makeRecorder>;

interface Running {
  readonly stop: () => void;
  pause: 'silence' | 'skip' | null;
}

export function makeRecorder(directory: string) {
  mkdirSync(directory, { recursive: true });
  const running = new Map<string, Running>();
  /** Where a finished recording has to be put to be found. */
  const place = (sid: string): string => join(directory, `${sid}.wav`);
  const part = (sid: string): string => `${place(sid)}.part`;

  return {
    start(line: Line, sid: string, channels: 1 | 2, track: Track) {
      const file = openSync(part(sid), 'w');
      writeSync(file, wavHeader(channels, 0));
      const held = Buffer.alloc(FRAMES_HELD * FRAME_SAMPLES * channels * 2);
      let used = 0;
      const flush = (): void => {
        if (used > 0) writeSync(file, held, 0, used);
        used = 0;
      };
      const state: Running = {
        pause: null,
        stop() {
          silence();
          flush();
          closeSync(file);
        },
      };
      const silence = line.listen((inbound, outbound) => {
        if (state.pause === 'skip') return;
        const caller = state.pause === null && track !== 'outbound';
        const heard = state.pause === null && track !== 'inbound';
        for (let index = 0; index < FRAME_SAMPLES; index += 1) {
          const one = caller ? (inbound[index] ?? 0) : 0;
          const other = heard ? (outbound[index] ?? 0) : 0;
          used = held.writeInt16LE(channels === 2 ? one : saturate(one + other), used);
          if (channels === 2) used = held.writeInt16LE(other, used);
        }
        if (used === held.length) flush();
      });
      running.set(sid, state);
    },
    pause(sid: string, behavior: 'silence' | 'skip') {
      const state = running.get(sid);
      if (state) state.pause = behavior;
    },
    resume(sid: string) {
      const state = running.get(sid);
      if (state) state.pause = null;
    },
    /** Finishes the file, also one that another process left unfinished. */
    stop(sid: string, channels: 1 | 2) {
      running.get(sid)?.stop();
      running.delete(sid);
      if (!existsSync(part(sid))) return;
      const file = openSync(part(sid), 'r+');
      finishWav(file, channels, statSync(part(sid)).size);
      closeSync(file);
      renameSync(part(sid), place(sid));
    },
    /** Where a finished recording lies. */
    path: (sid: string) => (existsSync(place(sid)) ? place(sid) : undefined),
    /** Milliseconds of audio of a finished recording; 0 where there is none. */
    length: (sid: string, channels: 1 | 2) =>
      existsSync(place(sid)) ? wavMilliseconds(channels, statSync(place(sid)).size - HEADER_BYTES) : 0,
    discard: (sid: string) => rmSync(place(sid), { force: true }),
    place,
  };
}
