/** The table of rights in docs/security.md is what the template grants. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { STEPS, type Step } from '../../lambdas/shared/contract/steps.ts';
import { CANARY, type Json, type Synthesized, synthesize } from './synthesized.ts';

const DOCUMENT = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'security.md'), 'utf8');

let stack: Synthesized;
beforeAll(async () => {
  stack = await synthesize({ canary: CANARY });
});

/** What a step's policy comes to, in the words of the document: credentials, key of parties, table, bucket, queues. */
function granted(step: Step): readonly string[] {
  const may = (action: string, on = '', isLimited = false): boolean =>
    stack
      .statementsOf(step)
      .some(
        ({ Action, Resource, Condition }: Json) =>
          [Action].flat().includes(action) &&
          JSON.stringify(Resource).includes(on) &&
          JSON.stringify(Condition ?? {}).includes('LeadingKeys') === isLimited,
      );
  const words = (...pairs: readonly (readonly [boolean, string])[]): string =>
    pairs.flatMap(([applies, word]) => (applies ? [word] : [])).join(', ');
  return [
    words([may('secretsmanager:GetSecretValue', 'TwilioCredentials'), 'read']),
    words([may('secretsmanager:GetSecretValue', 'PartyKey'), 'read']),
    words(
      [may('dynamodb:GetItem'), 'read'],
      [may('dynamodb:PutItem'), 'write'],
      [may('dynamodb:PutItem', '', true), 'write the audit'],
      [may('dynamodb:Query', '/index/'), 'its index'],
    ),
    words(
      [may('s3:PutObject'), 'store'],
      [may('s3:DeleteObjectVersion'), 'delete'],
      [may('s3:GetObject'), 'read'],
      [may('s3:ListBucket'), 'tell absence'],
    ),
    words([may('sqs:ReceiveMessage'), 'its own'], [may('sqs:SendMessage'), 'send']),
  ];
}

/** The cells of a step's row. */
function documented(step: Step): readonly string[] {
  const section = DOCUMENT.slice(DOCUMENT.indexOf('## Rights of the functions'));
  const row = section.split('\n').find((line) => line.startsWith(`| \`${step}\` |`)) ?? '';
  return row
    .split('|')
    .slice(2, 7)
    .map((cell) => cell.trim());
}

test.each(STEPS)('%s', (step) => {
  expect(documented(step)).toEqual(granted(step));
});
