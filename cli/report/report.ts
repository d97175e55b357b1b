/** `report`: the certificate of a range of days. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { dynamoDbTable } from '../../lambdas/shared/adapters/aws/dynamodb-table.ts';
import { systemClock, systemRandomness } from '../../lambdas/shared/adapters/clock.ts';
import { LIST_TIMEOUTS } from '../../lambdas/shared/adapters/twilio/https-client.ts';
import { ownNumbers } from '../../lambdas/shared/rules/call/unaccounted.ts';
import { toIso } from '../../lambdas/shared/rules/values/instant.ts';
import type { CommandContext, Result } from '../command/command.ts';
import { replaceFile } from '../command/partial-file.ts';
import { EXIT, Problem, shellQuoted, whyFileFails } from '../command/problem.ts';
import { readCredentials } from '../credentials/secret.ts';
import { type Clients, withClients, withTwilio } from '../place/clients.ts';
import { Pace } from '../place/pace.ts';
import { counted, progressBar } from '../terminal/progress.ts';
import type { Certificate } from './certificate.ts';
import { Copies } from './copies.ts';
import type { Days } from './days.ts';
import { DeletionProofs } from './deletions.ts';
import { expiryOf } from './expiry.ts';
import { readGaps } from './gaps.ts';
import { Ledger } from './ledger.ts';
import { listNumbers, type TwilioAsking } from './listed-calls.ts';
import { notChecked } from './not-checked.ts';
import { asHtml } from './shown/as-html.ts';
import { asText } from './shown/as-text.ts';
import { Survey } from './survey.ts';

export interface ReportOptions extends Days {
  /** How many copies are read to their end; infinite for all. */
  readonly sample: number;
  readonly seed: string | undefined;
  readonly keptHours: number;
  /** A file. */
  readonly html: string | undefined;
}

/** Requests to Twilio a second: pages of lists, and calls whose audio is not in S3. */
const PER_SECOND = 20;

export async function makeReport(context: CommandContext, options: ReportOptions): Promise<Result> {
  const { html } = options;
  if (html !== undefined) checkFile(html);
  const certificate = await certify(context, options);
  if (html !== undefined) writePage(html, asHtml(certificate));
  const written = html === undefined ? '' : `\n\n${html} holds the certificate as a page.`;
  return {
    exit: certificate.inOrder ? EXIT.ok : EXIT.failed,
    text: asText(certificate) + written,
    json: certificate,
  };
}

function certify(context: CommandContext, options: ReportOptions): Promise<Certificate> {
  const place = context.place();
  return withClients(place, ['dynamodb', 's3', 'secretsmanager'], (clients) =>
    withTwilio(
      place,
      (twilio) => {
        const pace = new Pace(systemClock, PER_SECOND);
        return lookAtAll(context, clients, { twilio, pace, place }, options);
      },
      LIST_TIMEOUTS,
    ),
  );
}

async function lookAtAll(
  context: CommandContext,
  clients: Pick<Clients, 'dynamodb' | 's3' | 'secretsmanager'>,
  asking: TwilioAsking,
  { from, to, sample, keptHours, seed = systemRandomness.id() }: ReportOptions,
): Promise<Certificate> {
  const { now, version, terminal } = context;
  const place = context.place();
  const at = toIso(now());
  const { accountSid } = await readCredentials(place, clients);
  const account = await listNumbers(asking);
  const expireAfterDays = await expiryOf(clients.s3, place.bucket);
  const copies = new Copies({ s3: clients.s3, sample, seed, expireAfterDays, now });
  const ledger = new Ledger(ownNumbers(account.numbers, place.voiceUrl));
  const deletions = new DeletionProofs(keptHours);
  const survey = new Survey({
    ...{ asking, copies, deletions, ledger, now, days: { from, to } },
    dynamodb: clients.dynamodb,
    table: dynamoDbTable(clients.dynamodb, place.table),
    tableName: place.table,
  });

  const looking = progressBar(terminal.err, 'Looking at calls', undefined, counted('calls'));
  const found = await survey.run((count) => looking.at(count)).finally(() => looking.end());
  const reading = progressBar(terminal.err, 'Reading copies', undefined, counted('copies'));
  const verified = await copies.read((done) => reading.at(done)).finally(() => reading.end());
  const recorder = await readGaps(clients.dynamodb, place.table, { from, to });
  const parts = { calls: ledger.close(), copies: verified, deletions: deletions.close(), recorder };
  return {
    inOrder: isInOrder(parts),
    ...{ from: toIso(from), to: toIso(to) },
    made: {
      ...{ at, until: toIso(now()), version, system: place.title },
      ...{ accountSid, table: place.table, bucket: place.bucket },
    },
    ...parts,
    notChecked: notChecked({
      ...parts,
      ...found,
      from,
      numbers: account.numbers,
      unreadableNumbers: account.unreadable,
    }),
  };
}

const isInOrder = ({ calls, copies, deletions }: Pick<Certificate, 'calls' | 'copies' | 'deletions'>): boolean =>
  calls.unexplained.length === 0 && copies.problems.length === 0 && deletions.problems.length === 0;

/** @throws {Problem} before anything is asked for: a certificate takes a while. */
function checkFile(file: string): void {
  const folder = dirname(file);
  if (!existsSync(folder)) {
    throw new Problem(`There is no folder ${folder}. Create it: "mkdir -p ${shellQuoted(folder)}".`);
  }
  if (existsSync(file)) throw new Problem(`${file} is there already. Name another file by --html FILE.`);
}

function writePage(file: string, page: string): void {
  try {
    replaceFile(file, page);
  } catch (error) {
    const reason = whyFileFails(error);
    if (reason === undefined) throw error;
    throw new Problem(`${file} cannot be written: ${reason}. Name another file by --html FILE.`);
  }
}
