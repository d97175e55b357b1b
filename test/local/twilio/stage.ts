/** What a test of whole calls stands on: an application, the server, and the twilio library between them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import twilio from 'twilio';
import { WaveFile } from 'wavefile';
import type { TwilioServerEvent } from '../../../local/twilio/server/events.ts';
import {
  type PlaceCallOptions,
  startTwilioServer,
  type TwilioServer,
  type TwilioServerOptions,
} from '../../../local/twilio/server/server.ts';
import { type Application, type Behavior, startApplication, type Webhook } from './application.ts';

export const CREDENTIALS = { accountSid: `AC${'a'.repeat(32)}`, authToken: 'the-auth-token' };
const SPEED = 8;

export interface Stage {
  readonly application: Application;
  readonly server: TwilioServer;
  readonly events: TwilioServerEvent[];
  readonly client: ReturnType<typeof twilio>;
}

const closers: (() => Promise<void> | void)[] = [];

/** To be called after each test: closes what it has opened, the last first. */
export async function closeAll(): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}

export function closeLater(close: () => Promise<void> | void): void {
  closers.push(close);
}

export async function stage(
  behavior: Omit<Behavior, 'authToken'>,
  speed = SPEED,
  options: Partial<TwilioServerOptions> = {},
): Promise<Stage> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'twilio-'));
  const application = await startApplication({ authToken: CREDENTIALS.authToken, ...behavior });
  const events: TwilioServerEvent[] = [];
  const server = await startTwilioServer({
    ...{ port: 0, dataDirectory, credentials: CREDENTIALS, speed },
    registrationDelay: () => 0,
    onEvent: (event) => events.push(event),
    ...options,
  });
  closers.push(
    () => rmSync(dataDirectory, { recursive: true }),
    () => application.close(),
    () => server.close(),
  );
  const client = twilio(CREDENTIALS.accountSid, CREDENTIALS.authToken);
  client.api.baseUrl = server.url;
  return { application, server, events, client };
}

/** The channels of a WAV file as 16-bit samples. */
export function channelsOf(path: string): ArrayLike<number>[] {
  const wav = new WaveFile(readFileSync(path));
  expect(wav.fmt).toMatchObject({ sampleRate: 8000, bitsPerSample: 16, audioFormat: 1 });
  const samples: ArrayLike<number> | ArrayLike<number>[] = wav.getSamples(false, Int16Array);
  return Array.isArray(samples) ? samples : [samples];
}

export function loudness(samples: ArrayLike<number> | undefined): number {
  const squares = Array.from(samples ?? [], (sample) => sample * sample);
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / Math.max(1, squares.length));
}

/** Runs a call through this TwiML to its end; `/voice/NAME` answers the other documents. */
export async function run(
  twiml: string,
  options: {
    documents?: Record<string, string>;
    call?: Partial<PlaceCallOptions>;
    behavior?: Partial<Behavior>;
    server?: Partial<TwilioServerOptions>;
  } = {},
): Promise<Stage & { callSid: string; verbs: string[]; warnings: number[] }> {
  const { documents = {}, call = {}, behavior = {}, server = {} } = options;
  const answering = {
    twiml: ({ path }: Webhook, { url, streamUrl }: Application) => {
      const document = documents[path.slice('/voice/'.length).replace(/\?.*/, '')] ?? twiml;
      return document.replaceAll('APP', url).replaceAll('STREAM', streamUrl);
    },
    ...behavior,
  };
  const here = await stage(answering, SPEED, server);
  const { callSid, ended } = await here.server.placeCall({ voiceUrl: `${here.application.url}/voice`, ...call });
  await ended;
  const verbs = here.events.flatMap((event) => (event.kind === 'verb' ? [event.verb] : []));
  const warnings = here.events.flatMap((event) => (event.kind === 'warning' ? [event.code] : []));
  return { ...here, callSid, verbs, warnings };
}

export function lastEvent<Kind extends TwilioServerEvent['kind']>(events: TwilioServerEvent[], kind: Kind) {
  return events.findLast((event): event is TwilioServerEvent & { kind: Kind } => event.kind === kind);
}
