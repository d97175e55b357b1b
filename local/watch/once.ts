import { setTimeout as sleep } from 'node:timers/promises';
import { ENVIRONMENT } from '../../lambdas/shared/contract/environment.ts';
import { EVENT_DETAIL_TYPES } from '../../lambdas/shared/contract/events.ts';
import type { BusEvent } from '../emulators/events-server.ts';
import { type System, type SystemEvent, type SystemOptions, startSystem } from '../system/system.ts';
import { type Counts, difference, type Usage } from '../system/usage.ts';
import { type CallCheck, checkCall } from './call-check.ts';
import { createCallObserver, type ObservedCall } from './call-observer.ts';
import { formatDuration } from './duration.ts';
import { readRecordings } from './table-rows.ts';

export interface OnceOptions extends SystemOptions {
  /** What is special about the call. */
  readonly call?: Parameters<System['placeCall']>[0];
  readonly write: (text: string) => void;
  /** How long to wait for a recording to begin, and, once the call is over, for everything else. Default 120 s. */
  readonly limitMilliseconds?: number;
}

/** Schedules run this much faster, so that a sweep every 2 minutes becomes one every second. */
export const ONCE_SCHEDULE_SPEED = 120;
/** These run faster than in AWS, so that their requests would say nothing about the cost of a call. */
const BACKGROUND = ['sweep', 'reconcile', 'announce'];
const LIMIT_MILLISECONDS = 120_000;

/**
 * Records one call, follows it until Twilio's copy is deleted, and says what was seen.
 *
 * @returns whether all of it was.
 */
export async function runOnce(options: OnceOptions): Promise<boolean> {
  const { write, limitMilliseconds = LIMIT_MILLISECONDS, onEvent = () => undefined } = options;
  let system: System | undefined;
  const announced: BusEvent[] = [];
  const callObserver = createCallObserver((recordingSid) => system?.audioAtTwilio(recordingSid));
  system = await startSystem({
    scheduleSpeed: ONCE_SCHEDULE_SPEED,
    ...options,
    onEvent: (event: SystemEvent) => {
      if (event.kind === 'twilio') callObserver.observe(event.event);
      if (event.kind === 'announced') announced.push(event.event);
      onEvent(event);
    },
  });
  try {
    write(
      `\nTwilio's copy is kept for ${formatDuration(options.keepAtTwilioSeconds)} here instead of the 24 h of a deployment, ` +
        `and schedules run ${ONCE_SCHEDULE_SPEED} times as fast.\n`,
    );
    const before = system.usage(BACKGROUND);
    const { callSid } = await system.placeCall(options.call);
    const call = callObserver.call(callSid);
    const told = () => detailTypesOf(announced, callSid);
    const late = await follow(system, callSid, call, told, limitMilliseconds);
    const usage = difference(system.usage(BACKGROUND), before);
    const check = await checkCall(system, options.dataDirectory, callSid, call);
    write(report(check, usage, late, callObserver.calls - 1, told()));
    return late === undefined && check.findings.every(({ seen }) => seen);
  } finally {
    await system.stop();
  }
}

/** Waits for the end of the story; answers what did not come in time. */
async function follow(
  system: System,
  callSid: string,
  call: ObservedCall,
  told: () => readonly string[],
  limitMilliseconds: number,
): Promise<string | undefined> {
  const phases: [what: string, isOver: () => boolean | Promise<boolean>, isLimited: boolean][] = [
    ['the recording did not begin', () => call.recordingSids.length > 0 || call.ended, true],
    // However long the caller talks.
    ['the call did not end', () => call.ended, false],
    ["Twilio's copy was not deleted", () => call.deleted.size > 0, true],
    ["the table's row was not brought up to date", () => isRowDeleted(system, callSid), true],
    ['the deletion was not announced', () => !announces(system) || told().includes(LAST_EVENT), true],
  ];
  for (const [what, isOver, isLimited] of phases) {
    const begun = Date.now();
    while (!(await isOver())) {
      if (isLimited && Date.now() - begun > limitMilliseconds) return `${what} within ${limitMilliseconds / 1000} s`;
      await sleep(50);
    }
  }
  return undefined;
}

async function isRowDeleted(system: System, callSid: string): Promise<boolean> {
  const rows = await readRecordings(system, callSid);
  return rows.length > 0 && rows.every(({ state }) => state === 'deleted');
}

/** The last that is told of a call. */
const LAST_EVENT = EVENT_DETAIL_TYPES['recording-deleted'];

/** Whether events are on, and go where they can be seen. */
const announces = ({ aws, deployment }: System): boolean =>
  aws.countsRequests && deployment.functions.some(({ environment }) => environment[ENVIRONMENT.events] === 'on');

/** What was told of the call, each kind once: an event may be told again. */
const detailTypesOf = (events: readonly BusEvent[], callSid: string): readonly string[] => [
  ...new Set(events.filter(({ detail }) => detail.callSid === callSid).map(({ detailType }) => detailType)),
];

function report(
  check: CallCheck,
  usage: Usage,
  late: string | undefined,
  otherCalls: number,
  told: readonly string[],
): string {
  const { findings, audio, stored } = check;
  const others = otherCalls === 0 ? '' : `, together with ${otherCalls} that an earlier start had left behind`;
  const requests = Object.entries(usage.awsRequests ?? {});
  const missed = findings.filter(({ seen }) => !seen).map(({ what }) => what);
  const failed = late === undefined ? missed : [...missed, late];
  return [
    '',
    'Seen from outside, at Twilio, in the table and in the bucket:',
    ...findings.map(({ what, seen, detail }) => `  ${seen ? 'yes' : 'NO '}  ${what}${detail && ` (${detail})`}`),
    ...(late === undefined ? [] : [`  NO   in time: ${late}`]),
    ...(audio ? ['', `The audio: ${audio.file}, copied from s3://${stored?.bucket}/${stored?.key}`] : []),
    ...(told.length > 0 ? ['', `Told to the event bus: ${told.join(', ')}`] : []),
    '',
    `What the call took, sweep, reconcile and announce aside${others}:`,
    `  Lambda invocations   ${counts(usage.invocations)}`,
    `  WebSocket messages   ${counts(usage.messages)}`,
    ...(usage.awsRequests ? [] : ['  AWS requests         not counted: the AWS endpoint is not the embedded one']),
    ...requests.map(([service, operations]) => `  AWS requests, ${service.padEnd(15)} ${counts(operations)}`),
    '',
    failed.length === 0 ? 'Every step was seen to happen.' : `NOT SEEN: ${failed.join('; ')}.`,
    '',
  ].join('\n');
}

function counts(of: Counts): string {
  const entries = Object.entries(of);
  const total = entries.reduce((sum, [, count]) => sum + count, 0);
  return entries.length === 0 ? '0' : `${total}: ${entries.map(([name, count]) => `${name} ${count}`).join(', ')}`;
}
