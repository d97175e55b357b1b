/** The audio element of a recording, and where its audio comes from. */
import { type AudioWanted, backend } from '../api/backend.ts';

export interface Source {
  readonly audio: HTMLAudioElement;
  /** Asks for the audio, where that was not done yet or its address has ended. @param position in seconds, where it shall begin */
  readonly open: (position: number) => Promise<void>;
  /** After an error: whether the address had ended, and another one took its place. */
  readonly renew: () => Promise<boolean>;
}

/** Nothing is loaded, and no link issued, before somebody plays: a link counts as having listened. */
export function createSource(wanted: AudioWanted): Source {
  const { known, open: ask, isElsewhere } = backend().audio;
  const audio = new Audio();
  audio.preload = 'none';
  // Without it a browser lets sound of another host be heard, but not be mixed.
  if (isElsewhere) audio.crossOrigin = 'anonymous';
  if (known) audio.src = known(wanted);
  let endsAt = known ? Number.POSITIVE_INFINITY : 0;
  const open = async (position: number) => {
    if (Date.now() < endsAt) return;
    const { url, expiresAt = Number.POSITIVE_INFINITY } = await ask(wanted);
    endsAt = expiresAt;
    audio.src = url;
    if (position > 0) audio.currentTime = position;
  };
  return {
    audio,
    open,
    async renew() {
      if (endsAt === 0 || Date.now() < endsAt) return false;
      await open(audio.currentTime);
      await audio.play();
      return true;
    },
  };
}
