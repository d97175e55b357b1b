/** Media Streams: the socket between a call and an application (https://www.twilio.com/docs/voice/media-streams). */
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { type RawData, WebSocket } from 'ws';
import type { StreamNews } from '../../../sim/twilio/requests.ts';
import { encodeMulaw, mulawVoice } from '../audio/voice.ts';
import type { TwilioServerEventBody } from '../server/events.ts';
import type { Line } from './line.ts';
import { FRAME_MILLISECONDS } from './ticker.ts';

export interface StreamOptions {
  readonly url: string;
  readonly streamSid: string;
  readonly callSid: string;
  readonly accountSid: string;
  readonly authToken: string;
  readonly tracks: readonly ('inbound' | 'outbound')[];
  /** Both ways: the application's sound is played to the caller. */
  readonly bidirectional: boolean;
  readonly parameters: ReadonlyMap<string, string>;
  readonly line: Line;
  readonly emit: (event: TwilioServerEventBody) => void;
  readonly warn: (code: number, message: string) => void;
  /** Tells the `statusCallback`, where there is one. */
  readonly report: (event: StreamNews['event'], error?: string) => void;
}

export interface Stream {
  /** Resolves when the socket is closed, by either side; also when it never opened. Never rejects. */
  readonly closed: Promise<void>;
  /** Whether the handshake has succeeded. */
  opened(): boolean;
  /** The call or a `<Stop>` ends the stream. */
  stop(): void;
}

const HANDSHAKE_FAILED = 31_920;
const CLOSE_FAILED = 31_921;
const MESSAGE_BINARY = 31_950;
const MESSAGE_INVALID = 31_951;
const HANDSHAKE_MILLISECONDS = 5000;

export function openStream(options: StreamOptions): Stream {
  const { url, warn, report } = options;
  const problem = urlProblem(url);
  if (problem) {
    warn(HANDSHAKE_FAILED, `${url}: ${problem}`);
    report('stream-error', `${HANDSHAKE_FAILED} handshake error`);
    return { closed: Promise.resolve(), opened: () => false, stop: () => undefined };
  }
  const headers = {
    'X-Twilio-Signature': getExpectedTwilioSignature(options.authToken, url, {}),
    'User-Agent': 'Twilio.TmeWs/1.0',
  };
  const socket = new WebSocket(url, { headers, handshakeTimeout: HANDSHAKE_MILLISECONDS, perMessageDeflate: false });
  return converse(socket, options);
}

/** Twilio demands wss; plain ws is accepted for an application on the same machine. */
function urlProblem(url: string): string | null {
  if (!URL.canParse(url)) return 'this is not a URL';
  const { protocol, hostname, search } = new URL(url);
  if (search !== '' || url.includes('?')) return 'a query string is not allowed; use <Parameter>';
  const local = hostname === '127.0.0.1' || hostname === 'localhost';
  return protocol === 'wss:' || (protocol === 'ws:' && local) ? null : 'a stream needs a wss:// URL';
}

/** Answers whether the socket was open. */
type Send = (event: string, body: object) => boolean;

function converse(socket: WebSocket, options: StreamOptions): Stream {
  const { streamSid, callSid, accountSid, line, emit, warn, report } = options;
  let sequence = 0;
  let stopped = false;
  let opened = false;
  let silence = (): void => undefined;

  const send: Send = (event, body) => {
    if (socket.readyState !== WebSocket.OPEN) return false;
    sequence += 1;
    socket.send(JSON.stringify({ event, sequenceNumber: String(sequence), ...body, streamSid }));
    return true;
  };
  socket.on('open', () => {
    opened = true;
    report('stream-started');
    emit({ kind: 'stream-opened', callSid, streamSid, url: options.url });
    socket.send(JSON.stringify({ event: 'connected', protocol: 'Call', version: '1.0.0' }));
    send('start', { start: startBody(options) });
    emit({ kind: 'stream-start-sent', callSid, streamSid });
    silence = sendFrames(options, send);
    if (stopped) stop();
  });
  socket.on('message', (data, isBinary) => {
    if (isBinary) warn(MESSAGE_BINARY, 'the application sent a binary message');
    else receive(data, options, send);
  });
  socket.on('error', (error) => {
    const code = opened ? CLOSE_FAILED : HANDSHAKE_FAILED;
    warn(code, `${options.url}: ${error.message}`);
    report('stream-error', `${code} ${opened ? 'close' : 'handshake'} error`);
  });
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      silence();
      if (opened) report('stream-stopped');
      if (opened) emit({ kind: 'stream-closed', callSid, streamSid, by: stopped ? 'twilio' : 'application' });
      if (options.bidirectional) line.clear();
      resolve();
    });
  });
  function stop(): void {
    stopped = true;
    if (socket.readyState === WebSocket.CONNECTING) return;
    silence();
    send('stop', { stop: { accountSid, callSid } });
    socket.close(1000);
  }
  return { closed, opened: () => opened, stop };
}

function startBody({ accountSid, streamSid, callSid, tracks, parameters }: StreamOptions): object {
  return {
    accountSid,
    streamSid,
    callSid,
    tracks,
    mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
    customParameters: Object.fromEntries(parameters),
  };
}

/** Sends both tracks as they are heard, 50 frames a second each. */
function sendFrames({ line, tracks }: StreamOptions, send: Send): () => void {
  let chunk = 0;
  return line.listen((inbound, outbound) => {
    chunk += 1;
    const timestamp = String((chunk - 1) * FRAME_MILLISECONDS);
    for (const track of tracks) {
      const payload = encodeMulaw(track === 'inbound' ? inbound : outbound).toString('base64');
      send('media', { media: { track, chunk: String(chunk), timestamp, payload } });
    }
  });
}

function receive(data: RawData, options: StreamOptions, send: Send): void {
  const { streamSid, callSid, line, emit, warn } = options;
  const message = parseMessage(data.toString());
  if (!message) {
    warn(MESSAGE_INVALID, 'the application sent a message that is not a stream message');
  } else if (message.streamSid !== streamSid) {
    warn(MESSAGE_INVALID, `a ${message.event} message without this streamSid`);
  } else if (!options.bidirectional) {
    warn(MESSAGE_INVALID, 'a stream of <Start> takes no messages');
  } else if (message.event === 'clear') {
    line.clear();
  } else if (message.event === 'media') {
    line.play(mulawVoice(message.audio));
  } else {
    line.mark(() => {
      const sent = send('mark', { mark: { name: message.name } });
      if (sent) emit({ kind: 'mark-returned', callSid, streamSid, name: message.name });
    });
  }
}

type ApplicationMessage = { readonly streamSid: unknown } & (
  | { readonly event: 'media'; readonly audio: Buffer }
  | { readonly event: 'mark'; readonly name: string }
  | { readonly event: 'clear' }
);

/** A message of the application, null where it is none of `media`, `mark` and `clear` in their full form. */
function parseMessage(text: string): ApplicationMessage | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  const { event, streamSid, media, mark } = record(parsed);
  if (event === 'clear') return { event, streamSid };
  if (event === 'mark') {
    const { name } = record(mark);
    return typeof name === 'string' ? { event, streamSid, name } : null;
  }
  if (event !== 'media') return null;
  const { payload } = record(media);
  if (typeof payload !== 'string' || !/^[A-Za-z0-9+/]+={0,2}$/.test(payload)) return null;
  return { event, streamSid, audio: Buffer.from(payload, 'base64') };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
