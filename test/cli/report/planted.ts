/** An account at Twilio, a table and a bucket, with calls that a test plants there, and the certificate of them. */
import { createHash } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { CallRow, RecordingRow, Row, StoredAudio } from '../../../lambdas/shared/rules/table/rows.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import { apply } from '../../../sim/twilio/model.ts';
import {
  type Call,
  makeState,
  type TwilioSettings,
  type TwilioState,
  withCall,
  withRecording,
} from '../../../sim/twilio/state.ts';
import { BUCKET } from '../../lambdas/shared/adapters/aws.ts';
import { ACCOUNT, callRow, recordingRow } from '../../lambdas/support/fixtures.ts';
import { startAtTwilio } from '../at-twilio.ts';
import { run } from '../support.ts';

/** S3 dates objects by the clock: the calls are of today. */
export const TODAY = Math.floor(Date.now() / DAY) * DAY;
/** When certificates are made: everything is settled. */
export const LATER = TODAY + 5 * DAY;
export const VOICE_URL = 'http://127.0.0.1:1/voice';
export const NUMBER = '+15005550006';
export const OTHER_NUMBER = '+15005550010';
export const ELSEWHERE = '+15005550099';
const CREDENTIALS = { accountSid: ACCOUNT, authToken: 'token-of-the-tests' };

export const sidOf = (prefix: 'CA' | 'RE', name: string): string =>
  prefix + createHash('sha256').update(name).digest('hex').slice(0, 32);
export const keyOf = (name: string): string => `recordings/${sidOf('CA', name)}/${sidOf('RE', name)}.wav`;

const digest = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
const sha256 = (body: Buffer): string => digest(body).toString('base64');
/** S3's checksum of an object that was uploaded in one part. */
export const inOnePart = (body: Buffer): string => `${digest(digest(body)).toString('base64')}-1`;

export const day = (instant: number): string => new Date(instant).toISOString().slice(0, 10);

type System = Awaited<ReturnType<typeof startAtTwilio>>;

export async function startPlanted(settings: Partial<TwilioSettings> = {}): Promise<Planted> {
  return new Planted(await startAtTwilio(), pointed(makeState(CREDENTIALS, 'planted', settings)));
}

/** Calls go by a name, from which their SIDs and keys come. They began an hour after midnight, unless it is said otherwise. */
export class Planted {
  readonly system: System;
  #state: TwilioState;

  constructor(system: System, state: TwilioState) {
    this.system = system;
    this.#state = state;
    system.replies.resource = ({ method = 'GET', url: target = '/', headers }, response) => {
      const { authorization } = headers;
      const { reply, state: next } = apply(this.#state, LATER, { kind: 'rest', method, target, authorization });
      this.#state = next;
      response.writeHead(reply.status, { 'content-type': 'application/json' }).end(JSON.stringify(reply.body));
    };
  }

  change(next: (known: TwilioState) => TwilioState): void {
    this.#state = next(this.#state);
  }

  /** Twilio answers so many requests with this status. */
  refuse(status: 429 | 503, count: number): void {
    this.change((known) => ({ ...known, refusals: { status, count } }));
  }

  /** A call at Twilio. */
  call(name: string, over: Partial<Call> = {}): string {
    const sid = sidOf('CA', name);
    const began = over.createdAt ?? TODAY + HOUR;
    this.change((known) =>
      withCall(known, {
        ...{ sid, accountSid: ACCOUNT, parentCallSid: null, from: '+14155550100', to: NUMBER, direction: 'inbound' },
        ...{ status: 'completed', createdAt: began, updatedAt: began, answeredAt: began, endedAt: began + MINUTE },
        ...{ registeredAt: began, registrationDelay: 0, earlyRefusal: 'not-found', statusCallback: null },
        ...over,
      }),
    );
    return sid;
  }

  /** The call's recording, whose audio Twilio has. */
  atTwilio(name: string): void {
    const [began, completed] = [TODAY + HOUR, TODAY + 2 * HOUR];
    this.change((known) =>
      withRecording(known, {
        ...{ sid: sidOf('RE', name), callSid: sidOf('CA', name), accountSid: ACCOUNT, status: 'completed' },
        ...{ channels: 2, track: 'both', source: 'StartCallRecordingAPI', actor: 'recorder local' },
        ...{ createdAt: began, updatedAt: completed, endedAt: completed, pause: null, skippedMilliseconds: 0 },
        ...{ audioMilliseconds: MINUTE, errorCode: null, callback: null, callbacksOwed: [] },
      }),
    );
  }

  async write(row: Row): Promise<void> {
    if ((await this.system.table.write(row, undefined)) !== 'written') throw new Error('There is such a row already.');
  }

  /** The call's row. */
  row(name: string, over: Partial<CallRow> = {}): Promise<void> {
    const began = TODAY + HOUR;
    return this.write(
      bare({ ...callRow(), callSid: sidOf('CA', name), state: 'recording', startedAt: began, ...over }),
    );
  }

  /** The row of the call's recording. */
  recording(name: string, over: Partial<RecordingRow> = {}): Promise<void> {
    const [callSid, recordingSid] = [sidOf('CA', name), sidOf('RE', name)];
    const times = { startTime: TODAY + HOUR, notedAt: TODAY + HOUR };
    return this.write(bare(recordingRow({ callSid, recordingSid, state: 'stored', ...times, ...over })));
  }

  /** The object, and what a row says of it. */
  async object(name: string, text = name, checksumOf = sha256): Promise<StoredAudio> {
    const [body, key] = [Buffer.from(text), keyOf(name)];
    const checksum = checksumOf(body);
    await this.put(key, body, checksum);
    return {
      bucket: BUCKET,
      key,
      bytes: body.length,
      checksum,
      contentType: 'audio/x-wav',
      storedAt: TODAY + 2 * HOUR,
    };
  }

  put(Key: string, Body: Buffer, ChecksumSHA256: string) {
    const about = { Bucket: BUCKET, ChecksumSHA256, ChecksumAlgorithm: 'SHA256' } as const;
    return this.system.clients.s3.send(new PutObjectCommand({ ...about, Key, Body }));
  }

  /** A call that was recorded, copied, and deleted at Twilio a day and more later. */
  async recorded(name: string, over: Partial<Call> = {}, checksumOf = sha256): Promise<string> {
    const sid = this.call(name, over);
    await this.row(name, { recordingSid: sidOf('RE', name) });
    const stored = await this.object(name, name, checksumOf);
    await this.recording(name, { state: 'deleted', stored, deletedAt: TODAY + 3 * DAY });
    return sid;
  }

  /** The certificate of today, unless the arguments name other days. */
  report(...args: string[]) {
    return this.reportAt(LATER, ...args);
  }

  reportAt(now: number, ...args: string[]) {
    const days = args.includes('--month') ? [] : ['--from', day(TODAY), '--to', day(TODAY)];
    return run(['report', ...days, this.system.local, ...args], { now: () => now });
  }

  close(): Promise<void> {
    return this.system.close();
  }
}

/** The first number points here since long ago; the second does something else. */
function pointed(state: TwilioState): TwilioState {
  const numbers = new Map(state.numbers);
  for (const [sid, number] of numbers) {
    if (number.phoneNumber === NUMBER) numbers.set(sid, { ...number, voiceUrl: VOICE_URL, updatedAt: SECOND });
  }
  return { ...state, numbers };
}

/** Without what the fixtures wait for. */
const bare = <R extends Row>({ waiting: _done, ...row }: R & { waiting?: unknown }): Row => row as unknown as Row;
