/** Keeps what CloudWatch and CloudFormation forget: when an alarm of this deployment went off and was over, and its deployments. */
import * as v from 'valibot';
import type { StepPorts } from '../shared/ports/step-ports.ts';
import { changeRow } from '../shared/rows/change-row.ts';
import type { Draft, WatchRow } from '../shared/rules/table/rows.ts';
import { parseInstant } from '../shared/rules/values/instant.ts';

const text = v.pipe(v.string(), v.minLength(1));
const EVENT = { id: text, time: v.pipe(v.unknown(), v.transform(parseInstant), v.number()) };

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html */
const ALARM = v.object({
  ...EVENT,
  'detail-type': v.literal('CloudWatch Alarm State Change'),
  detail: v.object({
    alarmName: text,
    // With milliseconds, where the event's own time has whole seconds.
    state: v.object({ value: text, timestamp: v.optional(v.pipe(v.unknown(), v.transform(parseInstant))) }),
  }),
});

/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/event-detail-stack-status-change.html */
const STACK = v.object({
  ...EVENT,
  'detail-type': v.literal('CloudFormation Stack Status Change'),
  detail: v.object({ 'stack-id': text, 'status-details': v.object({ status: text }) }),
});

/**
 * One event, which may be delivered more than once.
 *
 * @throws where it cannot be read, or not be kept: Lambda repeats it, and an alarm tells
 */
export async function watchLog(deps: StepPorts, event: unknown): Promise<void> {
  const change = readChange(event);
  const { id, at, name, state } = change;
  const { changed } = await changeRow(deps, { kind: 'watch', at, id }, (known) => (known ? undefined : change));
  if (changed) deps.log.info('A change was kept', { event: 'watch_noted', key: name, state });
}

function readChange(event: unknown): Draft<WatchRow> {
  const alarm = v.safeParse(ALARM, event);
  if (alarm.success) {
    const { id, time, detail } = alarm.output;
    const { value: state, timestamp: at = time } = detail.state;
    return { kind: 'watch', id, at, what: 'alarm', name: detail.alarmName, state };
  }
  const stack = v.safeParse(STACK, event);
  if (!stack.success) throw new Error('The event is neither a change of an alarm nor one of the stack.');
  const { id, time: at, detail } = stack.output;
  const { 'stack-id': name, 'status-details': details } = detail;
  return { kind: 'watch', id, at, what: 'deployment', name, state: details.status };
}
