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
export const [NUMBER, OTHER_NUMBER, ELSEWHERE] = ['+15005550006', '+15005550010', '+15005550099'];
const CREDENTIALS = { accountSid: ACCOUNT, authToken: 'token-of-the-tests' };

export const sidOf = (prefix: 'CA' | 'RE', name: string): string =>
  prefix + createHash('sha256').update(name).digest('hex').slice(0, 32);

const digest = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
const sha256 = (body: Buffer): string => digest(body).toString('base64');
/** S3's checksum of an object that was uploaded in one part. */
export const inOnePart = (body: Buffer): string => `${digest(digest(body)).toString('base64')}-1`;

export const day = (instant: number): string => new Date(instant).toISOString().slice(0, 10);

export type Planted = Awaited<ReturnType<typeof startPlanted>>;

export async function startPlanted(settings: Partial<TwilioSettings> = {}) {
  const system = await startAtTwilio();
  let state = pointed(makeState(CREDENTIALS, 'planted', settings));
  system.replies.resource = ({ method = 'GET', url: target = '/', headers }, response) => {
    const { authorization } = headers;
    const { reply, state: next } = apply(state, LATER, { kind: 'rest', method, target, authorization });
    state = next;
    response.writeHead(reply.status, { 'content-type': 'application/json' }).end(JSON.stringify(reply.body));
  };
  const change = (next: (known: TwilioState) => TwilioState): void => {
    state = next(state);
  };

  /** A call at Twilio, an hour after midnight unless it is said otherwise. */
  const call = (name: string, over: Partial<Call> = {}): string => {
    const sid = sidOf('CA', name);
    const began = over.createdAt ?? TODAY + HOUR;
    const made: Call = {
      ...{ sid, accountSid: ACCOUNT, parentCallSid: null, from: '+14155550100', to: NUMBER, direction: 'inbound' },
      ...{ status: 'completed', createdAt: began, updatedAt: began, answeredAt: began, endedAt: began + MINUTE },
      ...{ registeredAt: began, registrationDelay: 0, earlyRefusal: 'not-found', statusCallback: null },
      ...over,
    };
    change((known) => withCall(known, made));
    return sid;
  };

  const write = async (row: Row): Promise<void> => {
    if ((await system.table.write(row, undefined)) !== 'written') throw new Error('There is such a row already.');
  };

  const row = (name: string, over: Partial<CallRow> = {}): Promise<void> =>
    write(bare({ ...callRow(), callSid: sidOf('CA', name), state: 'recording', startedAt: TODAY + HOUR, ...over }));

  const recording = (name: string, over: Partial<RecordingRow> = {}): Promise<void> =>
    write(
      bare(
        recordingRow({
          ...{ callSid: sidOf('CA', name), recordingSid: sidOf('RE', name), state: 'stored' },
          ...{ startTime: TODAY + HOUR, notedAt: TODAY + HOUR },
          ...over,
        }),
      ),
    );

  /** The object, and what a row says of it. */
  const object = async (name: string, text = name, checksumOf = sha256): Promise<StoredAudio> => {
    const body = Buffer.from(text);
    const key = `recordings/${sidOf('CA', name)}/${sidOf('RE', name)}.wav`;
    const checksum = checksumOf(body);
    await put(key, body, checksum);
    return {
      bucket: BUCKET,
      key,
      bytes: body.length,
      checksum,
      contentType: 'audio/x-wav',
      storedAt: TODAY + 2 * HOUR,
    };
  };

  const put = (Key: string, Body: Buffer, ChecksumSHA256: string) =>
    system.clients.s3.send(
      new PutObjectCommand({ Bucket: BUCKET, Key, Body, ChecksumSHA256, ChecksumAlgorithm: 'SHA256' }),
    );

  /** A recording whose audio Twilio has. */
  const atTwilio = (callSid: string, sid: string): void => {
    const [began, completed] = [TODAY + HOUR, TODAY + 2 * HOUR];
    change((known) =>
      withRecording(known, {
        ...{ sid, callSid, accountSid: ACCOUNT, status: 'completed', channels: 2, track: 'both' },
        ...{ source: 'StartCallRecordingAPI', actor: 'recorder local', createdAt: began, updatedAt: completed },
        ...{ endedAt: completed, pause: null, skippedMilliseconds: 0, audioMilliseconds: MINUTE, errorCode: null },
        ...{ callback: null, callbacksOwed: [] },
      }),
    );
  };

  return {
    ...{ atTwilio, system, call, row, recording, object, put, write, change },

    /** A call that was recorded, copied, and deleted at Twilio a day and more later. */
    async recorded(name: string, over: Partial<Call> = {}, checksumOf = sha256): Promise<string> {
      const sid = call(name, over);
      const recordingSid = sidOf('RE', name);
      await row(name, { recordingSid });
      const stored = await object(name, name, checksumOf);
      await recording(name, { state: 'deleted', stored, deletedAt: TODAY + 3 * DAY });
      return sid;
    },

    report: (...args: string[]) => reportOf([system.local, ...args]),
    refuse: (status: 429 | 503, count: number) => change((known) => ({ ...known, refusals: { status, count } })),
    close: () => system.close(),
  };
}

export function reportOf(args: readonly string[], now = LATER) {
  const days = args.includes('--month') || args.includes('--from') ? [] : ['--from', day(TODAY), '--to', day(TODAY)];
  return run(['report', ...days, ...args], { now: () => now });
}

/** The first number points here since long ago; the second does something else. */
function pointed(state: TwilioState): TwilioState {
  const numbers = new Map(state.numbers);
  for (const [sid, number] of numbers) {
    if (number.phoneNumber === NUMBER) numbers.set(sid, { ...number, voiceUrl: VOICE_URL, updatedAt: SECOND });
  }
  return { ...state, numbers };
}

const bare = <R extends Row>({ waiting: _done, ...row }: R & { waiting?: unknown }): Row => row as unknown as Row;
