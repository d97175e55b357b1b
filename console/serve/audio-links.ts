/** Links to audio: asked for when somebody plays or downloads, kept until they end. */
import type { ApiReply, SignedApi } from './signed-api.ts';

export interface AudioWanted {
  readonly callSid: string;
  readonly recordingSid: string;
  readonly purpose: 'play' | 'download';
}

interface AudioLink {
  readonly url: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly fileName: string;
}

export interface AudioLinks {
  /** @returns the link, or the API's reply where it gives none */
  readonly get: (wanted: AudioWanted) => Promise<AudioLink | ApiReply>;
  /** The link was refused: the next request asks for another one. */
  readonly forget: (wanted: AudioWanted) => void;
}

/** A link that ends sooner is not used any more: a browser asks for the audio in many parts. */
const LEFT_MILLISECONDS = 30_000;

export function audioLinks(api: SignedApi, now: () => number): AudioLinks {
  const links = new Map<string, AudioLink>();
  /** Requests under way: a browser that asks for two parts at once makes one event of the audit. */
  const asked = new Map<string, Promise<AudioLink | ApiReply>>();
  const nameOf = ({ callSid, recordingSid, purpose }: AudioWanted) => `${callSid} ${recordingSid} ${purpose}`;
  const dropEnded = () => {
    for (const [name, { expiresAt }] of links) if (expiresAt - now() < LEFT_MILLISECONDS) links.delete(name);
  };
  async function ask(wanted: AudioWanted): Promise<AudioLink | ApiReply> {
    const reply = await requestLink(api, wanted);
    if ('url' in reply) links.set(nameOf(wanted), reply);
    return reply;
  }
  return {
    async get(wanted) {
      dropEnded();
      const name = nameOf(wanted);
      const known = links.get(name);
      if (known) return known;
      const request = asked.get(name) ?? ask(wanted).finally(() => asked.delete(name));
      asked.set(name, request);
      return request;
    },
    forget: (wanted) => void links.delete(nameOf(wanted)),
  };
}

async function requestLink(api: SignedApi, wanted: AudioWanted): Promise<AudioLink | ApiReply> {
  const { callSid, recordingSid, purpose } = wanted;
  const path = `/calls/${callSid}/recordings/${recordingSid}/link`;
  const reply = await api({ method: 'POST', path, body: JSON.stringify({ for: purpose }) });
  const { url, expiresAt, fileName, error } = JSON.parse(reply.body) as Link;
  if (reply.status === 200) return { url, expiresAt: Date.parse(expiresAt), fileName };
  // API Gateway's own 404 has no `error`: a recorder of an earlier version has no such route, and issues links with the call.
  return reply.status === 404 && error === undefined ? linkOfStory(api, wanted) : reply;
}

interface Link {
  readonly url: string;
  readonly expiresAt: string;
  readonly fileName: string;
  readonly error?: string;
}

async function linkOfStory(api: SignedApi, { callSid, recordingSid }: AudioWanted): Promise<AudioLink | ApiReply> {
  const reply = await api({ method: 'GET', path: `/calls/${callSid}` });
  if (reply.status !== 200) return reply;
  const { recordings = [] } = JSON.parse(reply.body) as Story;
  const { playback, howToFetch, audio } = recordings.find((one) => one.recordingSid === recordingSid) ?? {};
  if (playback === undefined)
    return { status: 409, body: JSON.stringify({ error: howToFetch ?? 'There is no audio.' }) };
  const fileName = `${recordingSid}.${audio?.uri?.endsWith('.mp3') ? 'mp3' : 'wav'}`;
  return { url: playback.url, expiresAt: Date.parse(playback.expiresAt), fileName };
}

interface Story {
  readonly recordings?: readonly {
    readonly recordingSid: string;
    readonly playback?: { readonly url: string; readonly expiresAt: string };
    readonly howToFetch?: string;
    readonly audio?: { readonly uri?: string };
  }[];
}
