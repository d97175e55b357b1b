/** `recordings import`: what Twilio recorded before the deployment. */
import { dynamoDbTable } from '../../lambdas/shared/adapters/aws/dynamodb-table.ts';
import { sqsQueue } from '../../lambdas/shared/adapters/aws/sqs-queue.ts';
import { systemClock, systemRandomness } from '../../lambdas/shared/adapters/clock.ts';
import { LIST_TIMEOUTS } from '../../lambdas/shared/adapters/twilio/https-client.ts';
import type { RecordingMessage } from '../../lambdas/shared/ports/queues.ts';
import type { TwilioRest } from '../../lambdas/shared/ports/twilio.ts';
import { toIso } from '../../lambdas/shared/rules/values/instant.ts';
import type { CommandContext, Result } from '../command/command.ts';
import { EXIT, hint } from '../command/problem.ts';
import { readCredentials } from '../credentials/secret.ts';
import { type Clients, withClients, withTwilio } from '../place/clients.ts';
import { Pace } from '../place/pace.ts';
import type { Place } from '../place/place.ts';
import { queueName } from '../queues/names.ts';
import { queueUrl } from '../queues/queues.ts';
import { counted, progressBar } from '../terminal/progress.ts';
import { noProgress, settledCount } from './ledger.ts';
import { listAtTwilio, type Range } from './listing.ts';
import { forgetImport, recallImport, rememberImport } from './memory.ts';
import { type ImportReport, reportAsJson, reportAsText } from './report.ts';
import { ImportRun } from './run.ts';
import { type Survey, survey } from './survey.ts';

export interface ImportOptions extends Range {
  readonly deleteAtTwilio: boolean;
  readonly wait: boolean;
  readonly perSecond: number;
  readonly inFlight: number;
  readonly memory: string;
}

export function importRecordings(context: CommandContext, options: ImportOptions): Promise<Result> {
  const place = context.place();
  return withClients(place, ['dynamodb', 'sqs', 'secretsmanager'], (clients) =>
    withTwilio(place, (twilio) => surveyAndImport(context, clients, twilio, options), LIST_TIMEOUTS),
  );
}

async function surveyAndImport(
  context: CommandContext,
  clients: Pick<Clients, 'dynamodb' | 'sqs' | 'secretsmanager'>,
  twilio: TwilioRest,
  options: ImportOptions,
): Promise<Result> {
  const { now, dryRun, terminal } = context;
  const place = context.place();
  const { accountSid } = await readCredentials(place, clients);
  const table = dynamoDbTable(clients.dynamodb, place.table, place.events);
  const pace = new Pace(systemClock, options.perSecond);
  const name = nameOf(accountSid, place, options);
  const known = recallImport(options.memory, name);
  const list = () => listAtTwilio({ twilio, pace, place }, options, known?.position);

  const counting = progressBar(terminal.err, 'Listing at Twilio', undefined, counted('recordings'));
  const found = await survey(list(), dryRun ? table : undefined, (count) => counting.at(count));
  counting.end();
  if (dryRun) return dryReport(found, known !== undefined, options);

  const start = known ?? { ...noProgress(now()), unnamed: found.unnamed };
  const total = settledCount(start) + found.count;
  const progress = progressBar(terminal.err, 'Importing', total, (count) => `${count} of ${total} recordings`);
  const url = await queueUrl(place, clients.sqs, queueName(place, 'recording-copy'));
  const run = new ImportRun(
    {
      ...{ place, table, twilio, accountSid, pace, clock: systemClock, randomness: systemRandomness },
      copyQueue: sqsQueue<RecordingMessage>(clients.sqs, url),
      remember: (reached) => rememberImport(options.memory, name, reached),
      show: (settled) => progress.at(settled),
    },
    options,
    start,
  );
  const end = await run.run(list()).finally(() => progress.end());
  forgetImport(options.memory, name);
  const report: ImportReport = { ...options, accountSid, resumed: known !== undefined, progress: end };
  const complete = end.left.length === 0 && end.unnamed === 0;
  return {
    exit: complete ? EXIT.ok : EXIT.failed,
    text: reportAsText(report, hint(place, 'recordings list')),
    json: reportAsJson(report),
  };
}

/** Two imports are the same where all of this is. */
const nameOf = (accountSid: string, { table }: Place, { from, to, deleteAtTwilio }: ImportOptions): string =>
  `${accountSid} to ${table}, ${toIso(from)} to ${toIso(to)}${deleteAtTwilio ? ', deleting at Twilio' : ''}`;

function dryReport(found: Survey, resumed: boolean, { deleteAtTwilio }: ImportOptions): Result {
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
