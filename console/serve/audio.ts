/** Passes the bytes of a recording on, so that the page's own host serves them: parts of it where the browser asks for parts. */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { AudioLinks, AudioWanted } from './audio-links.ts';
import { sendJson, sendText } from './replies.ts';
import { CALL_SID, RECORDING_SID } from './sids.ts';

const PATH = new RegExp(`^/audio/(${CALL_SID})/(${RECORDING_SID})$`);
/** Of what S3 and `recording-play` answer. Nothing else is passed on. */
const PASSED_HEADERS = ['content-type', 'content-length', 'content-range', 'accept-ranges', 'etag'];
const RANGE = /^bytes=\d*-\d*$/;

/** What is asked for; undefined where the path names no recording. */
export function audioWanted({ pathname, searchParams }: URL): AudioWanted | undefined {
  const [, callSid, recordingSid] = PATH.exec(pathname) ?? [];
  if (callSid === undefined || recordingSid === undefined) return undefined;
  return { callSid, recordingSid, purpose: searchParams.get('for') === 'download' ? 'download' : 'play' };
}

export async function passAudio(
  links: AudioLinks,
  wanted: AudioWanted,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const opened = await open(links, wanted, request.headers.range, gone.signal);
  if ('body' in opened) return sendText(response, opened.status, opened.body);
  const { reply, fileName } = opened;
  for (const name of PASSED_HEADERS) {
    const value = reply.headers.get(name);
    if (value !== null) response.setHeader(name, value);
  }
  const disposition = wanted.purpose === 'download' ? 'attachment' : 'inline';
  response.setHeader('content-disposition', `${disposition}; filename="${fileName}"`);
  response.writeHead(reply.status);
  if (reply.body === null) return void response.end();
  try {
    await pipeline(Readable.fromWeb(reply.body as Parameters<typeof Readable.fromWeb>[0]), response);
  } catch {
    // The browser has what it wanted and hung up, or the audio broke off: a connection that breaks tells it so.
    response.destroy();
    if (!response.closed) await once(response, 'close');
  }
}

type Opened =
  | { readonly reply: Response; readonly fileName: string }
  | { readonly status: number; readonly body: string };

/** Asks for the bytes; once more with a new link where the link was refused, as when the recording was copied meanwhile. */
async function open(
  links: AudioLinks,
  wanted: AudioWanted,
  range: string | undefined,
  signal: AbortSignal,
): Promise<Opened> {
  for (let attempt = 1; ; attempt += 1) {
    const link = await links.get(wanted);
    if (!('url' in link)) return link;
    const headers = range !== undefined && RANGE.test(range) ? { range } : {};
    // What redirects is not followed: only the API names where audio is.
    const reply = await fetch(link.url, { headers, redirect: 'manual', signal });
    if (reply.ok || reply.status === 416) return { reply, fileName: link.fileName };
    links.forget(wanted);
    if (attempt === 1 && [403, 404, 410].includes(reply.status)) {
      await reply.body?.cancel();
      continue;
    }
    return { status: 502, body: refusal(reply.status, await reply.text()) };
  }
}

/** Of `recording-play` the JSON says what to do; S3 answers XML. */
function refusal(status: number, text: string): string {
  const { error = `The audio was refused with status ${status}.` } = parsed(text);
  const frozen = text.includes('InvalidObjectState');
  return JSON.stringify({
    error: frozen ? 'The recording is archived: restore it in S3 before it can be played.' : error,
    ...(frozen && { archived: true }),
  });
}

function parsed(text: string): { readonly error?: string } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    // XML of S3.
    return {};
  }
}

export const refuseAudio = (response: ServerResponse): void =>
  sendJson(response, 404, { error: 'The path of audio is /audio/CA…/RE….' });
