/** Draws two channels apart. The audio element plays; this only follows it. */
import { useEffect, useRef } from 'preact/hooks';
import WaveSurfer from 'wavesurfer.js';
import type { Peaks } from '../api/types.ts';
import { html } from '../html.ts';

interface WaveformProps {
  readonly audio: HTMLAudioElement;
  readonly peaks: Peaks;
}

/** Pixels of one channel; console.css keeps as much room. */
const HEIGHT = 52;
const LARGEST = 127;

export function Waveform({ audio, peaks }: WaveformProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const container = place.current;
    if (container === null) return undefined;
    const colour = (name: string) => getComputedStyle(container).getPropertyValue(name);
    const draw = () =>
      WaveSurfer.create({
        ...{ container, media: audio, duration: peaks.durationSeconds, interact: false, hideScrollbar: true },
        peaks: peaks.channels.map((channel) => channel.map((value) => value / LARGEST)),
        splitChannels: peaks.channels.map((_, index) => ({
          ...{
            height: HEIGHT,
            waveColor: colour(`--wave-${index + 1}`),
            progressColor: colour(`--wave-played-${index + 1}`),
          },
        })),
        ...{ height: HEIGHT, cursorColor: colour('--text'), cursorWidth: 2, barWidth: 2, barGap: 1, barRadius: 1 },
      });
    let drawn = draw();
    // Colours of a canvas do not follow the style sheet.
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const redraw = () => {
      drawn.destroy();
      drawn = draw();
    };
    dark.addEventListener('change', redraw);
    return () => {
      dark.removeEventListener('change', redraw);
      drawn.destroy();
    };
  }, [audio, peaks]);
  return html`<div class="waveform" ref=${place} aria-hidden="true"></div>`;
}
