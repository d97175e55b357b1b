/** `recordings import`: what Twilio recorded before the deployment. */

import { dynamoDbTable } from '../../lambdas/shared/adapters/aws/dynamodb-table.ts';
import { secretsManagerCredentials } from '../../lambdas/shared/adapters/aws/secrets-manager-credentials.ts';
import { sqsQueue } from '../../lambdas/shared/adapters/aws/sqs-queue.ts';
import { systemClock, systemRandomness } from '../../lambdas/shared/adapters/clock.ts';
import { twilioRest } from '../../lambdas/shared/adapters/twilio/twilio-rest.ts';
import type { RecordingMessage } from '../../lambdas/shared/ports/queues.ts';
import { toIso } from '../../lambdas/shared/rules/values/instant.ts';
import {
  type Command,
  type CommandContext,
  EXIT,
  Problem,
  type Result,
  textOf,
  type Values,
} from '../command/command.ts';
import { counted, progressBar } from '../command/terminal.ts';
import { readCount, readTime, TIME_FORM } from '../command/times.ts';
import { readCredentials } from '../credentials/secret.ts';
import { type Clients, withClients } from '../place/clients.ts';
import type { Place } from '../place/place.ts';
import { queueName, queueUrl } from '../queues/queues.ts';
import { noProgress, settledCount } from './import-ledger.ts';
import { listRecordings, type Range } from './import-list.ts';
import { DEFAULT_IMPORTS, forgetImport, recallImport, rememberImport } from './import-memory.ts';
import { type ImportReport, reportAsJson, reportAsText } from './import-report.ts';
import { ImportRun } from './import-run.ts';
import { type Survey, survey } from './import-survey.ts';
import { Pace } from './pace.ts';

const PER_SECOND = { default: 10, max: 100 };
const IN_FLIGHT = { default: 50, max: 1000 };

export const recordingsImport: Command = {
  name: 'recordings import',
  operands: [],
  summary: 'copies the recordings that Twilio has from before the deployment',
  help: `Lists the account's recordings that were created from --from up to, not including, --to, notes each in the table, and
sends for its copy: the same copy, checks and retries as after a call. Each stays at Twilio, unless --delete-at-twilio says
that they are yours to delete there.

It may be killed at any time: the same command goes on where it was, and copies nothing twice. --dry-run says what would
be copied. Exit code 1 where something in the range is left at Twilio only: it is named, with the reason.`,
  options: {
    from: { type: 'string', value: 'TIME', help: `created from this time on: ${TIME_FORM} (UTC)` },
    to: { type: 'string', value: 'TIME', help: 'created before this time' },
    'delete-at-twilio': {
      type: 'boolean',
      help: "deletes Twilio's copies too, as of recorded calls: 24 h after the copy was verified, unless configured otherwise",
    },
    'no-wait': { type: 'boolean', help: 'ends when the last is queued, not when it is stored' },
    'per-second': {
      type: 'string',
      value: 'N',
      help: `how many recordings to begin a second, each two requests to Twilio (default ${PER_SECOND.default}); less while Twilio answers 429`,
    },
    'in-flight': {
      type: 'string',
      value: 'N',
      help: `how many may be queued at a time (default ${IN_FLIGHT.default}): copies of live calls wait behind them`,
    },
    remembered: { type: 'string', value: 'FILE', help: `where progress is remembered (default ${DEFAULT_IMPORTS})` },
  },
  changes: true,
  run: (context) => {
    const order = readOrder(context.values);
    return withClients(context.place(), (clients) => importRecordings(context, clients, order));
  },
};

interface Order extends Range {
  readonly deleteAtTwilio: boolean;
  readonly wait: boolean;
  readonly perSecond: number;
  readonly inFlight: number;
  readonly memory: string;
}

function readOrder(values: Values): Order {
  const [from, to] = [readTime(values, 'from'), readTime(values, 'to')];
  if (from === undefined || to === undefined) throw new Problem('--from and --to are both needed.', EXIT.usage);
  if (from >= to) throw new Problem('--from must be before --to.', EXIT.usage);
  return {
    ...{ from, to },
    deleteAtTwilio: values['delete-at-twilio'] === true,
    wait: values['no-wait'] !== true,
    perSecond: readCount(values, 'per-second', PER_SECOND.default, PER_SECOND.max),
    inFlight: readCount(values, 'in-flight', IN_FLIGHT.default, IN_FLIGHT.max),
    memory: textOf(values, 'remembered') ?? DEFAULT_IMPORTS,
  };
}

/** A page of a thousand recordings takes Twilio a while. Milliseconds. */
const TIMEOUTS = { reply: 30_000, idle: 30_000 };

const twilioOf = (place: Place, { secretsmanager }: Clients) =>
  twilioRest({
    apiUrl: place.twilioApiUrl,
    credentials: secretsManagerCredentials({ secretId: place.secretId, clock: systemClock, client: secretsmanager }),
    timeouts: TIMEOUTS,
  });

async function importRecordings(context: CommandContext, clients: Clients, order: Order): Promise<Result> {
  const { now, dryRun, terminal } = context;
  const place = context.place();
  const { accountSid } = await readCredentials(place, clients);
  const twilio = twilioOf(place, clients);
  const table = dynamoDbTable(clients.dynamodb, place.table, place.events);
  const pace = new Pace(systemClock, order.perSecond);
  const name = nameOf(accountSid, place, order);
  const known = recallImport(order.memory, name);
  const list = () => listRecordings(twilio, pace, order, known?.position);

  const counting = progressBar(terminal.err, 'Listing at Twilio', undefined, counted('recordings'));
  const found = await survey(list(), dryRun ? table : undefined, (count) => counting.at(count));
  counting.end();
  if (dryRun) return dryReport(found, known !== undefined, order);

  const start = known ?? { ...noProgress(now()), unnamed: found.unnamed };
  const total = settledCount(start) + found.count;
  const progress = progressBar(terminal.err, 'Importing', total, (count) => `${count} of ${total} recordings`);
  const url = await queueUrl(place, clients.sqs, queueName(place, 'recording-copy'));
  const run = new ImportRun(
    {
      ...{ table, twilio, accountSid, pace, clock: systemClock, randomness: systemRandomness },
      copyQueue: sqsQueue<RecordingMessage>(clients.sqs, url),
      remember: (reached) => rememberImport(order.memory, name, reached),
      show: (settled) => progress.at(settled),
    },
    order,
    start,
  );
  const end = await run.run(list()).finally(() => progress.end());
  forgetImport(order.memory, name);
  const report: ImportReport = { ...order, accountSid, resumed: known !== undefined, progress: end };
  const complete = end.left.length === 0 && end.unnamed === 0;
  return { exit: complete ? EXIT.ok : EXIT.failed, text: reportAsText(report), json: reportAsJson(report) };
}

/** Two imports are the same where all of this is. */
const nameOf = (accountSid: string, { table }: Place, { from, to, deleteAtTwilio }: Order): string =>
  `${accountSid} to ${table}, ${toIso(from)} to ${toIso(to)}${deleteAtTwilio ? ', deleting at Twilio' : ''}`;

function dryReport(found: Survey, resumed: boolean, { deleteAtTwilio }: Order): Result {
  const { count, toCopy, known, noAudio, notCompleted, noCall, unreadable, unnamed, seconds } = found;
  const lines = [
    `${count} recordings${resumed ? ' are left of an import that was broken off' : ''}, of which would be:`,
    `  ${toCopy} copied, ${Math.round(seconds / 60)} minutes of audio; then ${deleteAtTwilio ? 'deleted' : 'kept'} at Twilio`,
    `  ${known} passed over, since they are stored`,
    `  ${noAudio} passed over, since Twilio made no audio`,
    `  ${notCompleted + noCall + unreadable + unnamed} left at Twilio: ${notCompleted} still being made, ${noCall} without a call, ${unreadable + unnamed} unreadable`,
    'Nothing was changed.',
  ];
  return { exit: EXIT.ok, text: lines.join('\n'), json: { dryRun: true, resumed, ...found } };
}
