/** Plays one recording. Everything works by keyboard while the focus is in the player. */
import { useEffect, useState } from 'preact/hooks';
import { backend } from '../api/backend.ts';
import { readPeaks } from '../api/calls.ts';
import type { Peaks, StoryOfRecording } from '../api/types.ts';
import { clockOf } from '../format.ts';
import { html } from '../html.ts';
import { messageOf } from '../parts/states.ts';
import { T } from '../strings.ts';
import { keyPressed } from './keys.ts';
import { DECODED_SECONDS_MAX, peaksOf } from './peaks.ts';
import { type Mark, Seekbar } from './seekbar.ts';
import { type PlayerState, SPEEDS, usePlayer } from './use-player.ts';

export interface PlayerProps {
  readonly callSid: string;
  readonly recording: StoryOfRecording;
  readonly marks: readonly Mark[];
  readonly title: string;
}

export function Player({ callSid, recording, marks, title }: PlayerProps) {
  const { recordingSid, durationSeconds = 0 } = recording;
  const [peaks, setPeaks] = useState<Peaks>();
  const [problem, setProblem] = useState('');
  const channels = peaks?.channels.length ?? recording.channels ?? 1;
  const onFailed = (error?: unknown) =>
    void (error === undefined ? whyItFails(player.audio.src) : Promise.resolve(messageOf(error))).then(setProblem);
  const wanted = { callSid, recordingSid, purpose: 'play' } as const;
  const player = usePlayer({ wanted, seconds: durationSeconds, channels, peaks, onFailed });
  const { isPlaying } = player;
  useEffect(() => {
    if (recording.peaks !== true) return undefined;
    const ending = new AbortController();
    // Without peaks there is a plain bar, which plays as well.
    readPeaks(callSid, recordingSid, ending.signal).then(setPeaks, () => undefined);
    return () => ending.abort();
  }, [recordingSid]);
  useEffect(() => {
    const isWanted = isPlaying && peaks === undefined && recording.peaks !== true;
    if (!isWanted || durationSeconds > DECODED_SECONDS_MAX || recording.encryption) return;
    decode(player.audio.src).then(setPeaks, () => undefined);
  }, [isPlaying]);
  return html`
    <section class="player" aria-label=${title} onKeyDown=${keyPressed(player)}>
      <${Seekbar} player=${player} peaks=${peaks} channels=${channels} marks=${marks} />
      <div class="controls">
        <button type="button" class="main play" aria-label=${isPlaying ? T.player.pause : T.player.play} onClick=${player.toggle}>
          <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path d=${isPlaying ? 'M4 2h3v12H4zM9 2h3v12H9z' : 'M4 2l10 6-10 6z'} />
          </svg>
        </button>
        <button type="button" aria-label=${T.player.back} onClick=${() => player.skip(-10)}>−10 s</button>
        <button type="button" aria-label=${T.player.forth} onClick=${() => player.skip(10)}>+10 s</button>
        <span class="clock">${clockOf(player.position)} / ${clockOf(player.duration)}</span>
        <${Settings} player=${player} channels=${channels} />
      </div>
      ${problem && html`<p class="alert" role="alert">${problem}</p>`}
      <details class="keys"><summary>${T.player.keys}</summary><p>${T.player.keysHelp}</p></details>
    </section>`;
}

function Settings({ player, channels }: { readonly player: PlayerState; readonly channels: number }) {
  const chosenOf = (event: Event) => (event.currentTarget as HTMLInputElement | HTMLSelectElement).value;
  return html`
    <label class="setting">${T.player.speed}
      <select class="speed" value=${String(player.speed)} onChange=${(event: Event) => player.changeSpeed(Number(chosenOf(event)))}>
        ${SPEEDS.map((speed) => html`<option value=${String(speed)}>${speed}×</option>`)}
      </select>
    </label>
    ${player.volumes.slice(0, channels).map(
      (volume, index) => html`
      <label class="setting">${channels === 1 ? T.player.volume : T.player.volumeOf(index + 1)}
        <input type="range" min="0" max="100" value=${Math.round(volume * 100)}
          onInput=${(event: Event) => player.changeVolume(index, Number(chosenOf(event)) / 100)} />
      </label>`,
    )}
    <label class="setting check">
      <input type="checkbox" checked=${player.skips} disabled=${!player.canSkip}
        onChange=${(event: Event) => player.setSkips((event.currentTarget as HTMLInputElement).checked)} />
      ${T.player.skip}
    </label>`;
}

async function decode(address: string): Promise<Peaks> {
  const reply = await fetch(address, { headers: backend().audio.headers() });
  if (!reply.ok) throw new Error(String(reply.status));
  return peaksOf(await reply.arrayBuffer());
}

/** An audio element does not tell; the server does. */
async function whyItFails(address: string): Promise<string> {
  const reply = await fetch(address, { headers: { ...backend().audio.headers(), range: 'bytes=0-0' } }).catch(
    () => undefined,
  );
  if (reply === undefined) return T.problem.silent;
  if (reply.ok) return T.player.unplayable;
  const { error, howToFetch = '' } = (await reply.json().catch(() => ({}))) as {
    readonly error?: string;
    readonly howToFetch?: string;
  };
  return `${error ?? T.problem.unknown} ${howToFetch}`.trim();
}
