/** One call: what was said, what it is proven by, and what happened. */

import type { Session } from '../api/backend.ts';
import { readAudit, readCall } from '../api/calls.ts';
import type { Story, StoryOfRecording } from '../api/types.ts';
import { dateTimeOf, timeOf } from '../format.ts';
import { html } from '../html.ts';
import { Empty, Loading, Problem } from '../parts/states.ts';
import { useLoaded } from '../parts/use-loaded.ts';
import { Player } from '../player/player.ts';
import type { Mark } from '../player/seekbar.ts';
import { addressOf } from '../route.ts';
import { T } from '../strings.ts';
import { AuditProblem, AuditTable } from './audit.ts';
import { Evidence } from './evidence.ts';
import { type Step, stepsOf } from './steps.ts';

interface CallViewProps {
  readonly callSid: string;
  readonly session: Session;
}

export function CallView({ callSid, session }: CallViewProps) {
  const { loaded, reload } = useLoaded(callSid, (signal) => readCall(callSid, signal));
  return html`
    <p class="back"><a href=${addressOf('calls')}>‹ ${T.call.back}</a></p>
    ${loaded.state === 'loading' && html`<h1>${T.call.title('…')}</h1><${Loading} rows=${6} />`}
    ${loaded.state === 'failed' && html`<h1>${T.call.title('')}</h1><${Problem} error=${loaded.error} retry=${reload} />`}
    ${loaded.state === 'done' && html`<${Call} story=${loaded.value} reload=${reload} session=${session} />`}`;
}

interface CallProps {
  readonly story: Story;
  readonly reload: () => void;
  readonly session: Session;
}

function Call({ story, reload, session }: CallProps) {
  const { callSid, call, hold, recordings } = story;
  const at = call?.answeredAt ?? call?.startedAt ?? recordings[0]?.startTime ?? recordings[0]?.notedAt;
  return html`
    <div class="heading">
      <h1>${T.call.title(call?.number ?? T.call.unknownNumber)}</h1>
      <button type="button" class="quiet" onClick=${reload}>${T.list.refresh}</button>
    </div>
    <p class="facts">
      ${at && html`<time datetime=${at}>${dateTimeOf(at)}</time>`}
      ${call?.direction && html`<span>${call.direction === 'inbound' ? T.list.inbound : T.list.outbound}</span>`}
      ${call?.policy?.team && html`<span>${T.list.team} ${call.policy.team}</span>`}
      ${call?.noDisclaimer && html`<span>${T.notes.noDisclaimer}</span>`}
      ${hold?.state === 'held' && html`<span>${T.notes.held(dateTimeOf(hold.heldSince))}</span>`}
      <code>${callSid}</code>
    </p>
    ${recordings.length === 0 && html`<${Empty} title=${T.call.none} />`}
    ${recordings.map(
      (recording, index) => html`
      <${Recording} key=${recording.recordingSid} story=${story} recording=${recording}
        title=${T.call.recording(index + 1, recordings.length)} />`,
    )}
    <section class="card">
      <h2>${T.call.story}</h2>
      <${Steps} story=${story} />
    </section>
    ${session.user?.seesAudit !== false && html`<${Listened} callSid=${callSid} />`}`;
}

function Listened({ callSid }: { readonly callSid: string }) {
  const { loaded, reload } = useLoaded(callSid, (signal) => readAudit({ callSid }, signal));
  return html`
    <section class="card">
      <h2>${T.call.listened}</h2>
      ${loaded.state === 'loading' && html`<${Loading} rows=${2} />`}
      ${loaded.state === 'failed' && html`<${AuditProblem} error=${loaded.error} retry=${reload} />`}
      ${
        loaded.state === 'done' &&
        html`
        ${
          loaded.value.entries.length === 0
            ? html`<p class="muted">${T.call.noneListened}</p>`
            : html`<${AuditTable} entries=${loaded.value.entries} ofCall=${true} />`
        }`
      }
    </section>`;
}

interface RecordingProps {
  readonly story: Story;
  readonly recording: StoryOfRecording;
  readonly title: string;
}

function Recording({ story, recording, title }: RecordingProps) {
  const { audio, extra, madeBy, encryption } = recording;
  const isPlayable = audio.where !== 'nowhere' && !encryption;
  const notes = [
    ...(extra ? [T.notes.extra(story.recordings.length)] : []),
    ...(madeBy === 'other' ? [T.notes.other] : []),
  ];
  return html`
    <section class="card recording">
      <h2>${title}${notes.length > 0 && html`<span class="muted"> · ${notes.join(' · ')}</span>`}</h2>
      ${
        isPlayable &&
        html`
        <${Player} callSid=${story.callSid} recording=${recording} title=${title} marks=${marksOf(story, recording)} />`
      }
      ${audio.where === 'twilio' && html`<p class="hint">${T.player.fromTwilio}</p>`}
      <${Evidence} callSid=${story.callSid} recording=${recording} />
      ${isPlayable && html`<p class="hint">${T.player.linkHelp}</p>`}
    </section>`;
}

/** What of the story lies within the recording. */
function marksOf({ call }: Story, { startTime }: StoryOfRecording): readonly Mark[] {
  if (startTime === undefined) return [];
  const delay =
    call?.answeredAt === undefined ? undefined : (Date.parse(startTime) - Date.parse(call.answeredAt)) / 1000;
  return [{ at: 0, title: delay === undefined || delay < 0 ? T.player.began : T.player.beganAfter(delay) }];
}

const Steps = ({ story }: { readonly story: Story }) => html`
  <ol class="steps">${stepsOf(story).map((step) => html`<${StepLine} step=${step} />`)}</ol>`;

function StepLine({ step: { at, what, detail, kind } }: { readonly step: Step }) {
  const said = kind === 'planned' && at !== undefined ? T.steps.planned(what, dateTimeOf(at)) : what;
  return html`
    <li class=${`step step-${kind}`}>
      <span class="step-time">
        ${at !== undefined && kind !== 'planned' && html`<time datetime=${at} title=${dateTimeOf(at)}>${timeOf(at)}</time>`}
      </span>
      <span class="step-what">${said}${detail && html`<span class="muted"> · ${detail}</span>`}</span>
    </li>`;
}
