/** The state of one audio element, and what can be done with it. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { AudioWanted } from '../api/backend.ts';
import type { Peaks } from '../api/types.ts';
import { type Silence, silencesOf } from './peaks.ts';
import { createSound, type Sound } from './sound.ts';
import { createSource } from './source.ts';

export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2, 3] as const;

interface PlayerOptions {
  readonly wanted: AudioWanted;
  /** What is known before the audio is. */
  readonly seconds: number;
  readonly channels: number;
  readonly peaks: Peaks | undefined;
  /** The audio cannot be had, or played: then without an error, the element tells none. */
  readonly onFailed: (error?: unknown) => void;
}

export type PlayerState = ReturnType<typeof usePlayer>;

export function usePlayer({ wanted, seconds, channels, peaks, onFailed }: PlayerOptions) {
  const source = useMemo(() => createSource(wanted), [wanted.recordingSid]);
  const { audio } = source;
  const sound = useRef<Sound>(undefined);
  const [isPlaying, setPlaying] = useState(false);
  const [position, setPosition] = useState(0);
  const [duration, setDuration] = useState(seconds);
  const [speed, setSpeed] = useState(1);
  const [volumes, setVolumes] = useState<readonly number[]>(Array.from({ length: channels }, () => 1));
  const [skips, setSkips] = useState(false);
  const silences = useMemo(() => (peaks ? silencesOf(peaks) : []), [peaks]);

  useEffect(() => {
    const listening = new AbortController();
    const on = (event: string, act: () => void) => audio.addEventListener(event, act, { signal: listening.signal });
    on('timeupdate', () => setPosition(audio.currentTime));
    on('seeking', () => setPosition(audio.currentTime));
    on('play', () => setPlaying(true));
    on('pause', () => setPlaying(false));
    on('durationchange', () => Number.isFinite(audio.duration) && setDuration(audio.duration));
    on('error', () => source.renew().then((renewed) => renewed || onFailed(), onFailed));
    return () => {
      listening.abort();
      audio.pause();
      audio.removeAttribute('src');
      audio.load();
      sound.current?.close();
      sound.current = undefined;
    };
  }, [audio]);

  useSkipping(audio, skips, silences);
  const seek = (to: number) => {
    const within = Math.min(Math.max(0, to), duration);
    audio.currentTime = within;
    setPosition(within);
  };
  const toggle = async () => {
    if (!audio.paused) return audio.pause();
    sound.current ??= createSound(audio, channels, volumes);
    await sound.current.resume();
    try {
      await source.open(position);
    } catch (error) {
      return onFailed(error);
    }
    // What fails is told by the element's event.
    await audio.play().catch(() => undefined);
  };
  const changeSpeed = (to: number) => {
    audio.playbackRate = to;
    setSpeed(to);
  };
  const stepSpeed = (by: number) => {
    const next = SPEEDS[SPEEDS.indexOf(speed as (typeof SPEEDS)[number]) + by];
    if (next !== undefined) changeSpeed(next);
  };
  const changeVolume = (channel: number, to: number) => {
    setVolumes(volumes.map((volume, index) => (index === channel ? to : volume)));
    sound.current?.setVolume(channel, to);
  };
  return {
    ...{ audio, isPlaying, position, duration, speed, volumes, skips, canSkip: silences.length > 0 },
    ...{ seek, toggle, changeSpeed, stepSpeed, changeVolume, setSkips },
    skip: (by: number) => seek(audio.currentTime + by),
  };
}

/** Jumps over what nobody speaks in. */
function useSkipping(audio: HTMLAudioElement, skips: boolean, silences: readonly Silence[]): void {
  useEffect(() => {
    if (!skips) return undefined;
    const skip = () => {
      const inside = silences.find(({ from, to }) => audio.currentTime >= from && audio.currentTime < to - 0.2);
      if (inside && !audio.paused) audio.currentTime = inside.to;
    };
    audio.addEventListener('timeupdate', skip);
    return () => audio.removeEventListener('timeupdate', skip);
  }, [audio, skips, silences]);
}
