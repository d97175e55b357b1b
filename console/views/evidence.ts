/** What a recording is proven by, beside its download. */
import { useState } from 'preact/hooks';
import { backend } from '../api/backend.ts';
import type { StoryOfRecording } from '../api/types.ts';
import { dateTimeOf, hexOf, sizeOf } from '../format.ts';
import { type Content, html } from '../html.ts';
import { messageOf } from '../parts/states.ts';
import { reasonInWords, T } from '../strings.ts';

interface EvidenceProps {
  readonly callSid: string;
  readonly recording: StoryOfRecording;
}

export function Evidence({ callSid, recording }: EvidenceProps) {
  const { recordingSid, audio, stored, encryption, reason } = recording;
  const hasAudio = audio.where !== 'nowhere';
  return html`
    <div class="evidence">
      <h3>${T.call.evidence}</h3>
      <dl>
        ${fact(T.evidence.where, whereItIs(recording))}
        ${stored && fact(T.evidence.size, sizeOf(stored.bytes))}
        ${stored && html`<${Checksum} checksum=${stored.checksum} />`}
        ${stored && fact(T.evidence.verified, time(stored.storedAt))}
        ${stored && fact(T.evidence.deleted, deletionOf(recording))}
        ${stored && fact(T.evidence.key, html`<code>${stored.key}</code>`)}
        ${encryption && fact(T.evidence.encrypted, T.evidence.encryptedHelp(encryption.publicKeySid))}
        ${!stored && reason !== undefined && fact(T.evidence.reason, reasonInWords(reason))}
        ${fact(T.call.recordingSid, html`<code>${recordingSid}</code>`)}
      </dl>
      ${
        hasAudio &&
        html`
        <p class="download">
          <${Download} callSid=${callSid} recordingSid=${recordingSid} />
          ${stored && !stored.checksum.includes('-') && html`<span class="muted">${T.evidence.check}</span>`}
        </p>`
      }
    </div>`;
}

/** A link where the address can be known before; otherwise a button that asks for one, and is noted in the audit when it is pressed. */
function Download(named: { readonly callSid: string; readonly recordingSid: string }) {
  const [problem, setProblem] = useState('');
  const { known, open: ask } = backend().audio;
  const wanted = { ...named, purpose: 'download' } as const;
  if (known) return html`<a class="button" href=${known(wanted)} download>${T.evidence.download}</a>`;
  const download = () =>
    ask(wanted).then(
      // Another tab, in case that the host shows the file rather than to have it saved: this page must stay.
      ({ url }) => void open(url, '_blank', 'noopener'),
      (error: unknown) => setProblem(messageOf(error)),
    );
  return html`
    <button type="button" onClick=${download}>${T.evidence.download}</button>
    ${problem && html`<span class="alert" role="alert">${problem}</span>`}`;
}

const fact = (name: string, value: Content) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
const time = (iso: string) => html`<time datetime=${iso}>${dateTimeOf(iso)}</time>`;

function whereItIs({ audio }: StoryOfRecording): string {
  if (audio.where === 'nowhere') return T.evidence.nowhere(audio.why ?? '');
  if (audio.where === 'twilio') return T.evidence.atTwilio;
  return audio.alsoAtTwilio ? T.evidence.inS3AndTwilio : T.evidence.inS3;
}

function deletionOf({ deletedAt, madeBy, waiting }: StoryOfRecording): Content {
  if (deletedAt !== undefined) return time(deletedAt);
  if (waiting?.next === 'delete') return T.evidence.notDeletedDue(dateTimeOf(waiting.due));
  return madeBy === 'other' ? T.evidence.kept : T.evidence.notDeleted;
}

/** Of a file that was uploaded in parts S3 keeps the hash of the hashes, which `sha256sum` does not show. */
function Checksum({ checksum }: { readonly checksum: string }) {
  const [hash = '', parts] = checksum.split('-', 2);
  const name = parts === undefined ? T.evidence.sha256 : T.evidence.sha256Parts(parts);
  return fact(name, html`<code class="hash">${hexOf(hash)}</code>`);
}
