/** `redrive`. */
import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
} from '@aws-sdk/client-sqs';
import type { CommandContext, Result } from '../command/command.ts';
import { EXIT, Problem } from '../command/problem.ts';
import { type Clients, withClients } from '../place/clients.ts';
import type { Place } from '../place/place.ts';
import { counted, progressBar } from '../terminal/progress.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { deadLettersName, QUEUED_STEPS, type QueuedStep, queueName } from './names.ts';
import { queueDepth, queueUrl } from './queues.ts';

export function redriveSteps(context: CommandContext): Promise<Result> {
  const { positionals, values, dryRun, terminal, again } = context;
  const place = context.place();
  const [asked] = positionals;
  const steps = QUEUED_STEPS.filter((step) => asked === undefined || step === asked);
  const moving = values.yes === true && !dryRun;
  return withClients(place, ['sqs'], async (clients) => {
    const results: Redriven[] = [];
    for (const step of steps) results.push(await redriveStep(place, clients, terminal, step, moving));
    const parked = results.reduce((sum, one) => sum + one.parked, 0);
    const lines = results.map(({ step, parked: lay, moved }) => {
      return `${step}: ${lay} parked${moving ? `, ${moved} put back` : ''}`;
    });
    if (!moving && parked > 0) {
      lines.push(`Nothing was moved.${dryRun ? '' : ` To put them back to work: ${again('--yes')}`}`);
    }
    return { exit: EXIT.ok, text: lines.join('\n'), json: { moving, steps: results } };
  });
}

interface Redriven {
  readonly step: QueuedStep;
  readonly parked: number;
  readonly moved: number;
}

/** Seconds in which what was received is sent and deleted. */
const VISIBILITY_SECONDS = 60;

async function redriveStep(
  place: Place,
  clients: Pick<Clients, 'sqs'>,
  terminal: Terminal,
  step: QueuedStep,
  moving: boolean,
): Promise<Redriven> {
  const from = await queueUrl(place, clients.sqs, deadLettersName(place, step));
  const { waiting: parked } = await queueDepth(clients.sqs, from);
  if (!moving || parked === 0) return { step, parked, moved: 0 };
  const to = await queueUrl(place, clients.sqs, queueName(place, step));
  const progress = progressBar(terminal.err, step, parked, counted('messages'));
  let moved = 0;
  try {
    while (moved < parked) {
      const { Messages = [] } = await clients.sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: from,
          MaxNumberOfMessages: Math.min(10, parked - moved),
          VisibilityTimeout: VISIBILITY_SECONDS,
          // A short wait asks all of SQS's servers, not only some of them.
          WaitTimeSeconds: 1,
        }),
      );
      if (Messages.length === 0) break;
      moved += await move(clients, from, to, Messages);
      progress.at(moved);
    }
  } finally {
    progress.end();
  }
  return { step, parked, moved };
}

/** First sent, then deleted: never in neither queue. @throws {Problem} where SQS did not take them all. */
async function move(
  { sqs }: Pick<Clients, 'sqs'>,
  from: string,
  to: string,
  messages: readonly Message[],
): Promise<number> {
  const sent = await sqs.send(
    new SendMessageBatchCommand({
      QueueUrl: to,
      Entries: messages.map(({ Body }, index) => ({ Id: String(index), MessageBody: Body ?? '' })),
    }),
  );
  const accepted = new Set((sent.Successful ?? []).map(({ Id }) => Id));
  const done = messages.filter((_, index) => accepted.has(String(index)));
  if (done.length > 0) {
    const Entries = done.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: from, Entries }));
  }
  if (done.length < messages.length) {
    const left = messages.length - done.length;
    throw new Problem(`SQS did not take ${left} messages; they stay parked. Repeat the command in a minute.`);
  }
  return done.length;
}
