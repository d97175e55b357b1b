/** What `doctor` looks at, each part by itself, and what to do where it is not in order. */
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { AbortMultipartUploadCommand, CreateMultipartUploadCommand } from '@aws-sdk/client-s3';
import { dynamoDbTable } from '../../lambdas/shared/adapters/aws/dynamodb-table.ts';
import { functionUrlPlayback } from '../../lambdas/shared/adapters/aws/function-url-playback.ts';
import type { TwilioCredentialsSecret } from '../../lambdas/shared/contract/credentials.ts';
import { HTTP_PATHS, LOOK_UP_ROUTES } from '../../lambdas/shared/contract/http.ts';
import type { Step } from '../../lambdas/shared/contract/steps.ts';
import { type NEXT, TABLE } from '../../lambdas/shared/contract/table.ts';
import type { TwilioCredentials } from '../../lambdas/shared/ports/twilio.ts';
import { dueShards } from '../../lambdas/shared/rules/table/due-shard.ts';
import { MINUTE } from '../../lambdas/shared/rules/values/instant.ts';
import { probeMark } from '../../lambdas/shared/rules/webhook/probe.ts';
import { Problem } from '../command/command.ts';
import { checkAtTwilio, loginOf, readCredentials, readStored } from '../credentials/secret.ts';
import { doesNow, isPointed } from '../numbers/numbers.ts';
import type { Clients } from '../place/clients.ts';
import type { Place } from '../place/place.ts';
import { TwilioAccount } from '../place/twilio-account.ts';
import { deadLettersName, QUEUED_STEPS, queueDepth, queueName, queueUrl } from '../queues/queues.ts';
import { checkAlarms } from './doctor-alarms.ts';
import { getUnsigned, handshake, postForm, signature } from './probe.ts';

export interface Patient {
  readonly place: Place;
  readonly clients: Clients;
  readonly now: number;
  /** This very number is to point here. */
  readonly number: string | undefined;
  /** Leaves out the requests that must be refused. */
  readonly withoutRefusals: boolean;
}

/** Why something was not checked, which is not the same as being in order. */
export class LeftOut {
  readonly why: string;
  constructor(why: string) {
    this.why = why;
  }
}

/** What is in order, in a few words. @throws {Problem} where it is not: what is wrong, and what to do. */
export type Check = (patient: Patient) => Promise<string | LeftOut>;

const credentialsOf = ({ place, clients }: Patient): Promise<TwilioCredentials> => readCredentials(place, clients);

const secret: Check = async (patient) => {
  const { place, clients } = patient;
  await credentialsOf(patient);
  const stored = (await readStored(place, clients)) as TwilioCredentialsSecret;
  const checks = await checkAtTwilio(place.twilioApiUrl, stored);
  const failed = checks.filter(({ ok }) => !ok);
  if (failed.length > 0) {
    throw new Problem(
      `${failed.map(({ detail }) => detail).join(' ')} Store what Twilio accepts by "credentials set".`,
    );
  }
  return `Twilio accepts ${checks.map(({ what }) => what).join(', and the ')}`;
};

const number: Check = async (patient) => {
  const { voiceUrl, twilioApiUrl } = patient.place;
  const numbers = await new TwilioAccount(twilioApiUrl, loginOf(await credentialsOf(patient))).numbers();
  const asked = patient.number;
  const pointed = numbers.filter((one) => isPointed(one, voiceUrl)).map(({ phoneNumber }) => phoneNumber);
  if (asked !== undefined && !pointed.includes(asked)) {
    const found = numbers.find(({ phoneNumber }) => phoneNumber === asked);
    const now = found ? `${asked} ${doesNow(found, voiceUrl)}` : `the account has no number ${asked}`;
    throw new Problem(`${now}. ${found ? `Run "numbers point ${asked}".` : 'See "numbers list".'}`);
  }
  if (pointed.length > 0) return `${pointed.join(', ')} ${pointed.length === 1 ? 'points' : 'point'} here`;
  const choice = numbers[0]?.phoneNumber ?? '+1…';
  throw new Problem(`None of the account's ${numbers.length} numbers points here. Run "numbers point ${choice}".`);
};

/**
 * A signed request without a call: its signature is accepted, and then it is refused as incomplete (400), before anything
 * is written. Were the signature not accepted, it would be 403.
 */
const webhook =
  (path: string, step: string): Check =>
  async (patient) => {
    const url = patient.place.voiceUrl.replace(new RegExp(`${HTTP_PATHS.voice}$`), path);
    const [token] = (await credentialsOf(patient)).authTokens;
    if (!patient.withoutRefusals) {
      const unsigned = await reply(url, () => postForm(url, {}, undefined, probeMark(token, url)));
      if (unsigned !== 403) throw new Problem(`${url} answers ${unsigned} instead of 403${afterAll(unsigned, step)}`);
    }
    const signed = await reply(url, () => postForm(url, {}, signature(token, url)));
    if (signed === 400)
      return patient.withoutRefusals ? `accepts Twilio's signature` : 'accepts Twilio’s signature only';
    if (signed !== 403) throw new Problem(`${url} answers ${signed} to a signed request${afterAll(signed, step)}`);
    throw new Problem(
      `${url} refuses the signature of the stored token. If the secret was changed less than a minute ago, try again. ` +
        'Otherwise publicUrl in the configuration is not the address that Twilio is given: compare them, deploy again.',
    );
  };

/** A handshake that is accepted opens a connection and no more: a call is noted only by a `start` message. */
const stream: Check = async (patient) => {
  const { streamUrl } = patient.place;
  const [token] = (await credentialsOf(patient)).authTokens;
  const right = await reply(streamUrl, () => handshake(streamUrl, signature(token, streamUrl)));
  if (right === 403) {
    throw new Problem(
      `${streamUrl} refuses the signature of the stored token. If the secret was changed less than a minute ago, try ` +
        'again. Otherwise streamUrl in the configuration is not the address that <Stream> names: compare them, deploy again.',
    );
  }
  if (right !== 101) {
    throw new Problem(`${streamUrl} answers ${right} to a signed handshake${afterAll(right, 'stream-connect')}`);
  }
  if (patient.withoutRefusals) return 'a handshake with the right signature is accepted';
  const wrong = await reply(streamUrl, () =>
    handshake(streamUrl, signature(`not-${token}`, streamUrl), probeMark(token, streamUrl)),
  );
  if (wrong === 403) return 'a handshake with the right signature is accepted, with a wrong one refused';
  throw new Problem(
    `${streamUrl} answers ${wrong} to a wrong signature instead of 403${afterAll(wrong, 'stream-connect')}`,
  );
};

/** Without a signature for IAM nobody gets a story: API Gateway refuses, before any function runs. */
const lookUps: Check = async ({ place }) => {
  const [, path = ''] = LOOK_UP_ROUTES.recordings.split(' ');
  const url = place.voiceUrl.replace(new RegExp(`${HTTP_PATHS.voice}$`), path);
  const unsigned = await reply(url, () => getUnsigned(url));
  if (unsigned === 403) return 'are refused to whoever does not sign for IAM';
  throw new Problem(`${url} answers ${unsigned} instead of 403${afterAll(unsigned, 'look-up')}`);
};

/** A link to a recording that there is not: it gets as far as the function, and no further. */
const playback: Check = async ({ place, clients, now }) => {
  const { playUrl: url } = place;
  if (url === undefined) return new LeftOut('nothing is played from Twilio: playFromTwilio is "off"');
  const unsigned = await reply(url, () => getUnsigned(url));
  if (unsigned !== 403) throw new Problem(`${url} answers ${unsigned} instead of 403${afterAll(unsigned, PLAY)}`);
  const nobodys = { callSid: `CA${'0'.repeat(32)}`, recordingSid: `RE${'0'.repeat(32)}` };
  const link = await functionUrlPlayback(url, clients.s3.config, { now: () => now }).link(nobodys);
  const signed = await reply(url, () => getUnsigned(link.url));
  if (signed === 404) return 'links reach what plays from Twilio, and nothing does without a signature';
  if (signed !== 403) throw new Problem(`${url} answers ${signed} to a signed link${afterAll(signed, PLAY)}`);
  throw new Problem(
    `${url} refuses a signed link. You need the rights lambda:InvokeFunctionUrl and lambda:InvokeFunction on ${PLAY}. With them, ` +
      'AWS does not take the signature: set "playFromTwilio" to "off", deploy, and report it.',
  );
};
const PLAY: Step = 'recording-play';

async function reply(url: string, ask: () => Promise<number>): Promise<number> {
  try {
    return await ask();
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: unknown };
    throw new Problem(
      `${url} does not answer (${String(code ?? message)}). Is the system running, and are its addresses those of the last ` +
        'deployment? Behind a domain or tunnel of your own: does that lead here?',
    );
  }
}

const afterAll = (status: number, step: string): string => {
  if (status === 429) return ' (throttled): see the concurrency and throttles in docs/runbook.md#incoming-call.';
  if (status >= 500) return ` (it fails): see its log and docs/runbook.md#${step}.`;
  return ': another application answers there. Compare the address with the outputs of the last deployment.';
};

const INDEXES = [TABLE.dueIndex, TABLE.pendingEventsIndex, TABLE.byDayIndex];

const table: Check = async ({ place, clients }) => {
  const { Table } = await clients.dynamodb.send(new DescribeTableCommand({ TableName: place.table }));
  const indexes = Table?.GlobalSecondaryIndexes ?? [];
  const states = [
    ['table', Table?.TableStatus] as const,
    ...INDEXES.map(
      (name) => [`index ${name}`, indexes.find(({ IndexName }) => IndexName === name)?.IndexStatus] as const,
    ),
  ];
  const ill = states.filter(([, state]) => state !== 'ACTIVE');
  if (ill.length === 0) return 'it and its indexes are active';
  const list = ill.map(([name, state]) => `${name}: ${state ?? 'missing'}`).join(', ');
  throw new Problem(`Not active: ${list}. Wait, or deploy again.`);
};

/** An upload that is begun and given up: it needs the right to write, and leaves no object behind. */
const bucket: Check = async ({ place, clients }) => {
  const target = { Bucket: place.bucket, Key: 'recordings/written-by-doctor' };
  const { UploadId } = await clients.s3.send(new CreateMultipartUploadCommand(target));
  await clients.s3.send(new AbortMultipartUploadCommand({ ...target, UploadId }));
  return 'it takes an upload';
};

const queues: Check = async ({ place, clients: { sqs } }) => {
  const found = await Promise.all(
    QUEUED_STEPS.map(async (step) => {
      const depth = await queueDepth(sqs, await queueUrl(place, sqs, queueName(place, step)));
      return { step, messages: depth.waiting + depth.inWork + depth.delayed };
    }),
  );
  const busy = found.filter(({ messages }) => messages > 0).map(({ step, messages }) => `${step} ${messages}`);
  // Work in hand is no illness: what lies too long is overdue in the table, or a dead letter.
  return busy.length === 0 ? 'all are empty' : `in work: ${busy.join(', ')}`;
};

const deadLetters: Check = async ({ place, clients: { sqs } }) => {
  const found = await Promise.all(
    QUEUED_STEPS.map(async (step) => {
      const { waiting, inWork } = await queueDepth(sqs, await queueUrl(place, sqs, deadLettersName(place, step)));
      return { step, messages: waiting + inWork };
    }),
  );
  const parked = found.filter(({ messages }) => messages > 0);
  if (parked.length === 0) return 'none';
  const list = parked.map(({ step, messages }) => `${step} ${messages} (docs/runbook.md#${step})`).join(', ');
  throw new Problem(`Parked: ${list}. Cure the cause, then run "redrive".`);
};

/** Sweep puts what is due on its queue within a minute, and moves its date on: nothing stays overdue for long. */
const OVERDUE_MS = 15 * MINUTE;

async function overdue({ place, clients, now }: Patient, next: (typeof NEXT)[number]): Promise<string | undefined> {
  const rows = dynamoDbTable(clients.dynamodb, place.table);
  const pages = await Promise.all(dueShards(next).map((shard) => rows.due(shard, now - OVERDUE_MS)));
  const count = pages.reduce((sum, { candidates }) => sum + candidates.length, 0);
  const more = pages.some((page) => page.next !== undefined) ? ' or more' : '';
  return count === 0 ? undefined : `${count}${more} ${next}`;
}

const work: Check = async (patient) => {
  const late = (await Promise.all([overdue(patient, 'start'), overdue(patient, 'copy')])).filter(Boolean);
  if (late.length === 0) return 'no start and no copy is overdue';
  throw new Problem(
    `Overdue for more than 15 minutes: ${late.join(', ')}. Nothing sweeps: see docs/runbook.md#sweep-silent.`,
  );
};

const deletions: Check = async (patient) => {
  const { deletions: setting } = patient.place;
  if (setting === 'never') return 'switched off for good, as configured: every recording stays at Twilio too';
  if (setting === 'paused') {
    throw new Problem(
      'Deletions at Twilio are paused. Deploy with "deletions": "on" once what made you pause is cured.',
    );
  }
  const late = await overdue(patient, 'delete');
  if (late === undefined) return setting === 'on' ? 'on, and none is overdue' : 'none is overdue';
  const cause =
    setting === 'on' ? 'Nothing sweeps' : 'Either nothing sweeps, or "deletions" is not "on" in the configuration';
  throw new Problem(`Overdue for more than 15 minutes: ${late}. ${cause}: see docs/runbook.md#sweep-silent.`);
};

const alarms: Check = async ({ place, clients }) =>
  place.kind === 'local' ? new LeftOut('there is no CloudWatch locally') : checkAlarms(place, clients);

export const CHECKS: readonly (readonly [string, Check])[] = [
  ['secret', secret],
  ['number', number],
  ['voice URL', webhook(HTTP_PATHS.voice, 'incoming-call')],
  ['callback URL', webhook(HTTP_PATHS.recordingCallback, 'recording-callback')],
  ['stream', stream],
  ['look-ups', lookUps],
  ['playback', playback],
  ['table', table],
  ['bucket', bucket],
  ['queues', queues],
  ['dead letters', deadLetters],
  ['work', work],
  ['deletions', deletions],
  ['alarms', alarms],
];
