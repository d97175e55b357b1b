/** `redrive`. */
import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
} from '@aws-sdk/client-sqs';
import { type Command, EXIT, type Operand, Problem } from '../command/command.ts';
import { counted, progressBar, type Terminal } from '../command/terminal.ts';
import { type Clients, withClients } from '../place/clients.ts';
import type { Place } from '../place/place.ts';
import { deadLettersName, QUEUED_STEPS, type QueuedStep, queueDepth, queueName, queueUrl } from './queues.ts';

const STEP: Operand = {
  name: 'STEP',
  required: false,
  check: (text) => (isQueuedStep(text) ? undefined : `it is one of ${QUEUED_STEPS.join(', ')}.`),
};
const isQueuedStep = (text: string): text is QueuedStep => QUEUED_STEPS.some((step) => step === text);

export const redrive: Command = {
  name: 'redrive',
  operands: [STEP],
  summary: 'puts the messages of the dead-letter queues back to work; shows them first',
  help: `Without --yes it only counts what is parked. With --yes each message is sent to its step's queue again and then taken
from the dead letters: interrupted in between, it is there twice, which is harmless, since every step may be repeated.
No more messages are moved than lay there at the beginning, so what fails again does not go round in circles.

Cure the cause first: the articles of docs/runbook.md are named like the steps.`,
  options: { yes: { type: 'boolean', help: 'moves them' } },
  changes: true,
  async run({ place, positionals, values, dryRun, terminal }) {
    const [asked] = positionals;
    const steps = QUEUED_STEPS.filter((step) => asked === undefined || step === asked);
    const moving = values.yes === true && !dryRun;
    return withClients(place(), async (clients) => {
      const results = [];
      for (const step of steps) results.push(await redriveStep(place(), clients, terminal, step, moving));
      const parked = results.reduce((sum, one) => sum + one.parked, 0);
      const lines = results.map(({ step, parked: lay, moved }) => {
        return `${step}: ${lay} parked${moving ? `, ${moved} put back` : ''}`;
      });
      if (!moving && parked > 0) lines.push('Nothing was moved. Add --yes to put them back to work.');
      return { exit: EXIT.ok, text: lines.join('\n'), json: { moving, steps: results } };
    });
  },
};

interface Redriven {
  readonly step: QueuedStep;
  readonly parked: number;
  readonly moved: number;
}

/** Seconds in which what was received is sent and deleted. */
const VISIBILITY_SECONDS = 60;

async function redriveStep(
  place: Place,
  clients: Clients,
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
async function move({ sqs }: Clients, from: string, to: string, messages: readonly Message[]): Promise<number> {
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
