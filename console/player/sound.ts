/** The way of the sound: each channel with a volume of its own, both in the middle, since one voice in one ear tires. */
export interface Sound {
  /** A browser lets nothing be heard before somebody has clicked: to be called when somebody does. */
  readonly resume: () => Promise<void>;
  /** @param volume from 0 to 1 */
  readonly setVolume: (channel: number, volume: number) => void;
  readonly close: () => void;
}

export function createSound(audio: HTMLAudioElement, channels: number, volumes: readonly number[]): Sound {
  const context = new AudioContext();
  const source = context.createMediaElementSource(audio);
  const splitter = context.createChannelSplitter(2);
  const gains = Array.from({ length: channels }, () => context.createGain());
  if (channels > 1) source.connect(splitter);
  for (const [channel, gain] of gains.entries()) {
    gain.gain.value = volumes[channel] ?? 1;
    if (channels > 1) splitter.connect(gain, channel);
    else source.connect(gain);
    gain.connect(context.destination);
  }
  return {
    resume: () => context.resume(),
    setVolume(channel, volume) {
      const gain = gains[channel]?.gain;
      // At once, but not within one sample, which would click.
      gain?.setTargetAtTime(volume, context.currentTime, 0.02);
    },
    close: () => void context.close(),
  };
}
