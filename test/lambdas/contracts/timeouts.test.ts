/** Claims outlast the functions that hold them, and messages those that give them up: else two would work at once. */

import { START_CLAIM_MS } from '../../../lambdas/shared/rules/call.ts';
import { DELETE_OVERDUE_MS } from '../../../lambdas/shared/rules/recording.ts';
import { RECEIVES_BEFORE_SWEEP } from '../../../lambdas/shared/rules/start-retry.ts';
import { type Synthesized, synthesize } from '../../lib/synthesized.ts';

let stack: Synthesized;
beforeAll(() => {
  stack = synthesize();
}, 60_000);

test.each([
  ['recording-start', START_CLAIM_MS],
  ['recording-delete', DELETE_OVERDUE_MS],
] as const)('%s runs for less than its claim of %d ms', (step, claimMs) => {
  const [, { Properties }] = stack.functionOf(step);
  expect(Properties.Timeout * 1000).toBeLessThan(claimMs);
});

test('the sweep takes a start over before its message becomes a dead letter', () => {
  const [, { Properties }] = stack.one('AWS::SQS::Queue', ({ QueueName }) => /recording-start$/.test(QueueName));
  expect(Properties.RedrivePolicy.maxReceiveCount).toBeGreaterThan(RECEIVES_BEFORE_SWEEP);
});
