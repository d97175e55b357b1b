/** A function's environment has 4 KB in all, names included: what a user may write at length must not stand in it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AFTER_DISCLAIMER_FILE } from '../../../lambdas/shared/contract/environment.ts';
import type { AfterDisclaimer } from '../../../lambdas/shared/contract/settings.ts';
import { STEPS, type Step } from '../../../lambdas/shared/contract/steps.ts';
import { checkConfiguration } from '../../../lib/configuration/configuration.ts';
import { type Synthesized, synthesize, synthesizeWithToken } from '../synthesized.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
const ENVIRONMENT_BYTES_MAX = 4096;
/** More than any ARN, URL or name of ours has that only the deployment knows. */
const UNKNOWN_BYTES = 250;

function bytesOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  const [[intrinsic, argument] = ['', undefined]] = Object.entries(value as object);
  if (intrinsic === 'Fn::Join') return argument[1].reduce((sum: number, part: unknown) => sum + bytesOf(part), 0);
  return UNKNOWN_BYTES;
}
const variablesOf = (stack: Synthesized, step: Step): { [name: string]: unknown } =>
  stack.functionOf(step)[1].Properties.Environment.Variables;
const sizeOf = (stack: Synthesized, step: Step): number =>
  Object.entries(variablesOf(stack, step)).reduce((sum, [name, value]) => sum + name.length + bytesOf(value), 0);

function fileOf(stack: Synthesized, step: Step): string | undefined {
  const file = join(stack.codeFolderOf(step), AFTER_DISCLAIMER_FILE);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

const LONGEST: readonly AfterDisclaimer[] = [
  { kind: 'say', text: 'ü'.repeat(4096), language: 'de-DE' },
  { kind: 'redirect', url: `https://example.com/voice?${'a'.repeat(3974)}` },
];

test.each(LONGEST)(
  'of every step fits, with the longest values that the configuration takes: $kind',
  async (afterDisclaimer) => {
    const long = {
      afterDisclaimer,
      stage: 'a'.repeat(20),
      publicUrl: `https://${'a'.repeat(500)}.com`,
      streamUrl: `wss://${'a'.repeat(500)}.com`,
      eventBusName: 'b'.repeat(256),
    };
    const stack = await synthesize(checkConfiguration(long, 'c.json'));
    const sizes = STEPS.map((step) => [step, sizeOf(stack, step)] as const);
    expect(sizes.filter(([, bytes]) => bytes > ENVIRONMENT_BYTES_MAX)).toEqual([]);
    expect(JSON.parse(fileOf(stack, 'incoming-call') ?? '')).toEqual(afterDisclaimer);
    expect(STEPS.filter((step) => fileOf(stack, step) !== undefined)).toEqual(['incoming-call']);
  },
);

test.each([
  ['publicUrl', `https://${'a'.repeat(510)}.com`, /publicUrl: must be a URL of at most 512 characters/],
  ['streamUrl', `wss://${'a'.repeat(510)}.com`, /streamUrl: must be a URL of at most 512 characters/],
  [
    'afterDisclaimer',
    { kind: 'redirect', url: `https://example.com/${'a'.repeat(4000)}` },
    /afterDisclaimer: url: must be a URL of at most 4000 characters/,
  ],
])('what would not fit is refused while it is configured: %s', (name, value, message) => {
  expect(() => checkConfiguration({ [name]: value }, 'c.json')).toThrow(message);
});

test('what only the deployment knows cannot stand in a file: it stays in the environment', async () => {
  const stack = await synthesizeWithToken();
  expect(variablesOf(stack, 'incoming-call').AFTER_DISCLAIMER).toBe(
    '{"kind":"say","text":"Goodbye from the deployment."}',
  );
  expect(fileOf(stack, 'incoming-call')).toBeUndefined();
});
