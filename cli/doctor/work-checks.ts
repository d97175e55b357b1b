/** Whether table, bucket and queues are there, and nothing lies in them for too long. */
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { AbortMultipartUploadCommand, CreateMultipartUploadCommand } from '@aws-sdk/client-s3';
import { dynamoDbTable } from '../../lambdas/shared/adapters/aws/dynamodb-table.ts';
import { NEXT, type Next, TABLE } from '../../lambdas/shared/contract/table.ts';
import { dueShards } from '../../lambdas/shared/rules/table/due-shard.ts';
import { MINUTE } from '../../lambdas/shared/rules/values/instant.ts';
import { hint, Problem } from '../command/problem.ts';
import { deadLettersName, QUEUED_STEPS, queueName } from '../queues/names.ts';
import { queueDepth, queueUrl } from '../queues/queues.ts';
import type { Check, DoctorContext } from './check.ts';

const INDEXES = [TABLE.dueIndex, TABLE.pendingEventsIndex, TABLE.byDayIndex];

export const table: Check = async ({ place, clients }) => {
  const { Table } = await clients.dynamodb.send(new DescribeTableCommand({ TableName: place.table }));
  const indexes = Table?.GlobalSecondaryIndexes ?? [];
  const states = [
    ['table', Table?.TableStatus] as const,
    ...INDEXES.map(
      (name) => [`index ${name}`, indexes.find(({ IndexName }) => IndexName === name)?.IndexStatus] as const,
    ),
  ];
  const inactive = states.filter(([, state]) => state !== 'ACTIVE');
  if (inactive.length === 0) return 'it and its indexes are active';
  const list = inactive.map(([name, state]) => `${name}: ${state ?? 'missing'}`).join(', ');
  throw new Problem(`Not active: ${list}. Wait, or deploy again.`);
};

/** An upload that is begun and given up: it needs the right to write, and leaves no object behind. */
export const bucket: Check = async ({ place, clients }) => {
  const target = { Bucket: place.bucket, Key: 'recordings/written-by-doctor' };
  const { UploadId } = await clients.s3.send(new CreateMultipartUploadCommand(target));
  await clients.s3.send(new AbortMultipartUploadCommand({ ...target, UploadId }));
  return 'it takes an upload';
};

export const queues: Check = async ({ place, clients: { sqs } }) => {
  const found = await Promise.all(
    QUEUED_STEPS.map(async (step) => {
      const depth = await queueDepth(sqs, await queueUrl(place, sqs, queueName(place, step)));
      return { step, messages: depth.waiting + depth.inWork + depth.delayed };
    }),
  );
  const busy = found.filter(({ messages }) => messages > 0).map(({ step, messages }) => `${step} ${messages}`);
  // Work in hand is in order: what lies too long is overdue in the table, or a dead letter.
  return busy.length === 0 ? 'all are empty' : `in work: ${busy.join(', ')}`;
};

export const deadLetters: Check = async ({ place, clients: { sqs } }) => {
  const found = await Promise.all(
    QUEUED_STEPS.map(async (step) => {
      const { waiting, inWork } = await queueDepth(sqs, await queueUrl(place, sqs, deadLettersName(place, step)));
      return { step, messages: waiting + inWork };
    }),
  );
  const parked = found.filter(({ messages }) => messages > 0);
  if (parked.length === 0) return 'none';
  const list = parked.map(({ step, messages }) => `${step} ${messages} (docs/runbook.md#${step})`).join(', ');
  throw new Problem(`Parked: ${list}. Fix the cause, then run ${hint(place, 'redrive --yes')}.`);
};

/** Sweep puts what is due on its queue within a minute, and moves its date on: nothing stays overdue for long. */
const OVERDUE_MS = 15 * MINUTE;

/** Whatever rows wait for. Deletions have a check of their own: they can be switched off. */
const WORK = NEXT.filter((next) => next !== 'delete');

async function overdue({ place, clients, now }: DoctorContext, next: Next): Promise<string | undefined> {
  const rows = dynamoDbTable(clients.dynamodb, place.table);
  const pages = await Promise.all(dueShards(next).map((shard) => rows.due(shard, now - OVERDUE_MS)));
  const count = pages.reduce((sum, { candidates }) => sum + candidates.length, 0);
  const more = pages.some((page) => page.next !== undefined) ? ' or more' : '';
  return count === 0 ? undefined : `${count}${more} ${next}`;
}

export const work: Check = async (doctor) => {
  const late = (await Promise.all(WORK.map((next) => overdue(doctor, next)))).filter(Boolean);
  if (late.length === 0) return 'no stream, start, copy or report is overdue';
  throw new Problem(
    `Overdue for more than 15 minutes: ${late.join(', ')}. Nothing sweeps: see docs/runbook.md#sweep-silent.`,
  );
};

export const deletions: Check = async (doctor) => {
  const { deletions: setting } = doctor.place;
  if (setting === 'never') return 'switched off for good, as configured: every recording stays at Twilio too';
  if (setting === 'paused') {
    throw new Problem(
      'Deletions at Twilio are paused. Deploy with "deletions": "on" once what made you pause is fixed.',
    );
  }
  const late = await overdue(doctor, 'delete');
  if (late === undefined) return setting === 'on' ? 'on, and none is overdue' : 'none is overdue';
  const cause =
    setting === 'on' ? 'Nothing sweeps' : 'Either nothing sweeps, or "deletions" is not "on" in the configuration';
  throw new Problem(`Overdue for more than 15 minutes: ${late}. ${cause}: see docs/runbook.md#sweep-silent.`);
};
