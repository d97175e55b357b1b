/** Where the recording is heard: the waveform, or a plain bar, as one slider. */
import { useRef } from 'preact/hooks';
import type { Peaks } from '../api/types.ts';
import { clockOf, spokenLength } from '../format.ts';
import { html } from '../html.ts';
import { T } from '../strings.ts';
import type { PlayerState } from './use-player.ts';
import { Waveform } from './waveform.ts';

/** Something of the call's story, at a second of the recording. */
export interface Mark {
  readonly at: number;
  readonly title: string;
}

interface SeekbarProps {
  readonly player: PlayerState;
  readonly peaks: Peaks | undefined;
  readonly channels: number;
  readonly marks: readonly Mark[];
}

export function Seekbar({ player, peaks, channels, marks }: SeekbarProps) {
  const { audio, position, duration, seek } = player;
  const bar = useRef<HTMLDivElement>(null);
  const share = duration > 0 ? Math.min(1, position / duration) : 0;
  const seekTo = ({ clientX }: PointerEvent) => {
    const { left = 0, width = 1 } = bar.current?.getBoundingClientRect() ?? {};
    seek(((clientX - left) / width) * duration);
  };
  const grasp = (event: PointerEvent) => {
    bar.current?.setPointerCapture(event.pointerId);
    seekTo(event);
  };
  const drag = (event: PointerEvent) => {
    if (bar.current?.hasPointerCapture(event.pointerId)) seekTo(event);
  };
  return html`
    <div class="timeline">
      <div class=${`seekbar ${channels > 1 ? 'two' : 'one'}`} ref=${bar} role="slider" tabindex="0"
        aria-label=${T.player.position} aria-valuemin="0" aria-valuemax=${Math.round(duration)}
        aria-valuenow=${Math.round(position)}
        aria-valuetext=${T.player.positionText(spokenLength(position), spokenLength(duration))}
        onPointerDown=${grasp} onPointerMove=${drag}>
        ${
          peaks
            ? html`<${Waveform} audio=${audio} peaks=${peaks} />`
            : html`<div class="bar"><div class="bar-played" style=${{ width: `${share * 100}%` }}></div></div>`
        }
        ${channels > 1 && [1, 2].map((channel) => html`<span class=${`channel channel-${channel}`} aria-hidden="true">${T.player.channel(channel)}</span>`)}
        ${marks.map(({ at }) => html`<span class="mark" aria-hidden="true" style=${{ left: `${duration > 0 ? (at / duration) * 100 : 0}%` }}></span>`)}
      </div>
      ${
        marks.length > 0 &&
        html`
        <ul class="marks" aria-label=${T.player.marks}>
          ${marks.map(
            ({ at, title }) => html`
            <li><button type="button" class="link" onClick=${() => seek(at)}>${clockOf(at)} ${title}</button></li>`,
          )}
        </ul>`
      }
    </div>`;
}
