/** The model of Twilio in virtual time: its webhooks go out signed and are repeated, its REST API is asked at once. */
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import type { HttpClient, HttpsResponse } from '../../../lambdas/shared/adapters/twilio/https-client.ts';
import type { AudioFormat } from '../../../lambdas/shared/contract/settings.ts';
import { SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import type { Reply } from '../../../sim/twilio/errors.ts';
import { apply } from '../../../sim/twilio/model.ts';
import type { Effect } from '../../../sim/twilio/outcome.ts';
import type { TwilioRequest } from '../../../sim/twilio/requests.ts';
import {
  type Actor,
  makeState,
  type PhoneNumber,
  type TwilioSettings,
  type TwilioState,
} from '../../../sim/twilio/state.ts';
import { AUDIO_FAULTS, inChunks, REST_FAULTS, reply, type SmallReply } from '../faults/twilio-replies.ts';
import { type Environment, GIVE_UP_MS } from './environments.ts';
import { operationOf } from './operation.ts';
import type { Scheduler } from './scheduler.ts';
import { smallAudio } from './small-audio.ts';
import type { Sending, TwilioChange } from './twilio-change.ts';

/** Who asks Twilio from our environments. */
export const RECORDER: Actor = 'recorder test';

export interface Webhook {
  readonly url: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly signature: string;
}

/** An account that encrypts its recordings. What type its audio is served as, no source tells. */
export interface Encryption {
  readonly names: 'as-described' | 'as-read';
  readonly contentType: 'audio/x-wav' | 'application/octet-stream';
}
/** How Twilio's lists are filtered, ordered and cut into pages, as far as no source settles it. */
export type ListSettings = Pick<TwilioSettings, 'filtersBy' | 'listOrder' | 'largestPage'>;

/** Audio comes so slowly, and its parts can be asked for, or not. */
export interface Transfer {
  readonly bytesPerSecond: number;
  readonly parts: 'served' | 'refused';
}

export interface TwilioWorldOptions {
  readonly scheduler: Scheduler;
  readonly seed: string;
  readonly apiUrl: string;
  readonly accountSid: string;
  readonly authToken: string;
  readonly processingMs: number;
  readonly mediaDelayMs: number;
  /** How its audio comes. */
  readonly transfer: Transfer | undefined;
  readonly encryption: Encryption | undefined;
  readonly lists: ListSettings;
  /** The account's numbers, and what each asks for TwiML. */
  readonly numbers: readonly (readonly [phoneNumber: string, voiceUrl: string])[];
  /** Delivers a webhook; resolves with the status, or `undefined` where no answer came. */
  readonly deliver: (webhook: Webhook) => Promise<number | undefined>;
  readonly onChange: (change: TwilioChange) => void;
  readonly trace: (line: () => string) => void;
}

/** Twilio gives a webhook 15 seconds in all, repetitions included; `rc=5` repeats it five times. */
const WEBHOOK_TOTAL_MS = 15 * SECOND;
const WEBHOOK_REPEATS = 5;

export class TwilioWorld {
  state: TwilioState;
  readonly #options: TwilioWorldOptions;

  constructor(options: TwilioWorldOptions) {
    this.#options = options;
    const { accountSid, authToken, seed, apiUrl, processingMs, mediaDelayMs, lists, numbers, encryption } = options;
    const state = makeState({ accountSid, authToken }, seed, {
      baseUrl: apiUrl,
      processingMilliseconds: processingMs,
      mediaDelayMilliseconds: mediaDelayMs,
      ...(options.transfer && { audioParts: options.transfer.parts }),
      ...lists,
      ...(encryption && { encryption: encryption.names }),
    });
    this.state = { ...state, numbers: new Map(numbers.map(numberOf).map((number) => [number.sid, number])) };
  }

  apply(request: TwilioRequest, sent?: Sending): Reply {
    const { scheduler, onChange, trace } = this.#options;
    const before = this.state;
    const { state, reply, effects } = apply(before, scheduler.now, request);
    this.state = state;
    if (request.kind !== 'rest') trace(() => `Twilio ${JSON.stringify(request)}`);
    onChange({ request, before, after: state, reply, sent });
    for (const effect of effects) this.#carryOut(effect);
    return reply;
  }

  /** The account's token from now on: what Twilio signs with, and one of those that REST accepts. */
  rotate(authToken: string): void {
    this.state = { ...this.state, credentials: { ...this.state.credentials, authToken } };
  }

  sign(url: string, parameters: Readonly<Record<string, string>>): string {
    return getExpectedTwilioSignature(this.state.credentials.authToken, url, { ...parameters });
  }

  /** What `GET Recordings/RE….wav`, or `….mp3`, serves. Of encrypted audio nobody can tell what it is. */
  audioOf(recordingSid: string, format: AudioFormat): Buffer {
    const recording = this.state.recordings.get(recordingSid);
    const seconds = Math.floor((recording?.audioMilliseconds ?? 0) / SECOND);
    const audio = smallAudio({ recordingSid, channels: recording?.channels ?? 1, seconds }, format);
    return recording?.encryption ? Buffer.from(audio.map((byte) => byte ^ 0xa5)) : audio;
  }

  #carryOut(effect: Effect): void {
    const { scheduler } = this.#options;
    if (effect.kind === 'later') scheduler.at(effect.at, () => void this.apply(effect.request));
    if (effect.kind === 'callback') void this.#callBack(effect);
  }

  async #callBack({ url, settles, ...given }: Extract<Effect, { kind: 'callback' }>): Promise<void> {
    const { scheduler, deliver, trace } = this.#options;
    // Whatever a webhook says: this address is to be left aside.
    const parameters: Webhook['parameters'] = { ...given.parameters, RecordingUrl: 'https://elsewhere.test/recording' };
    const [bare = url] = url.split('#', 1);
    const end = scheduler.now + WEBHOOK_TOTAL_MS;
    for (let attempt = 0; attempt <= WEBHOOK_REPEATS && scheduler.now < end; attempt++) {
      const status = await deliver({ url: bare, parameters, signature: this.sign(bare, parameters) });
      trace(() => `Twilio's callback ${parameters.RecordingStatus}: ${status ?? 'no answer'}`);
      if (status !== undefined && status < 400) break;
    }
    if (settles) this.apply(settles);
  }

  #atPace(given: SmallReply): SmallReply {
    const { transfer, scheduler } = this.#options;
    if (transfer) {
      given.pace = (bytes) =>
        new Promise((resolve) => scheduler.after((bytes / transfer.bytesPerSecond) * SECOND, () => resolve()));
    }
    return given;
  }

  /** The carrier of the REST adapter in an environment. */
  client(environment: Pick<Environment, 'request' | 'alive'>): HttpClient {
    return {
      text: ({ method, path, headers, body }) => {
        const at = this.#options.scheduler.now;
        const send = () => {
          const sent = { at, late: !environment.alive || this.#options.scheduler.now - at >= GIVE_UP_MS };
          const target = {
            kind: 'rest',
            method,
            target: path,
            actor: RECORDER,
            authorization: headers.authorization,
          } as const;
          const { status, body: reply } = this.apply(body === undefined ? target : { ...target, body }, sent);
          return { statusCode: status, body: reply === null ? '' : JSON.stringify(reply), headers: {} };
        };
        return environment.request(`twilio.${operationOf(method, path)}`, send, REST_FAULTS);
      },
      open: ({ method, path, headers }) => {
        const send = (): HttpsResponse => {
          const { authorization, range } = headers;
          const { status, media } = this.apply({ kind: 'rest', method, target: path, authorization, range });
          const [, sid = '', ending] = /(RE[0-9a-f]{32})\.(\w+)/.exec(path) ?? [];
          const { encryption } = this.state.recordings.get(sid) ?? {};
          if (status !== 200) return reply(status, Buffer.from('<Error/>'), 'text/xml');
          if (ending === 'mp3') return inChunks(this.audioOf(sid, 'mp3'));
          const type = encryption && this.#options.encryption?.contentType;
          const whole = this.audioOf(sid, 'wav');
          const from = media?.from ?? 0;
          if (media?.from !== undefined && from >= whole.length) return reply(416, Buffer.alloc(0));
          const part = { 'content-range': `bytes ${from}-${whole.length - 1}/${whole.length}` };
          const given = reply(media?.from === undefined ? 200 : 206, whole.subarray(from), type, part);
          return this.#atPace(given);
        };
        return environment.request('twilio.audio', send, AUDIO_FAULTS);
      },
    };
  }
}

const numberOf = ([phoneNumber, voiceUrl]: readonly [string, string], index: number): PhoneNumber => ({
  sid: `PN${String(index).padStart(32, '0')}`,
  ...{ phoneNumber, friendlyName: phoneNumber, voiceUrl, voiceMethod: 'POST' },
  ...{ voiceApplicationSid: null, trunkSid: null, createdAt: 0, updatedAt: 0 },
});
