/** A call's story as steps in the order of time. */
import type { Story, StoryOfCall, StoryOfRecording } from '../api/types.ts';
import { reasonInWords, T } from '../strings.ts';

export interface Step {
  /** ISO 8601; absent where only the order is known. */
  readonly at?: string;
  readonly what: string;
  readonly detail?: string;
  readonly kind: 'done' | 'problem' | 'planned';
}

export function stepsOf({ call, recordings }: Story): readonly Step[] {
  const steps = [...(call ? stepsOfCall(call) : []), ...recordings.flatMap(stepsOfRecording)];
  const timed = steps.filter(({ at }) => at !== undefined);
  const inOrder = timed.sort((one, other) => ((one.at ?? '') < (other.at ?? '') ? -1 : 1));
  const planned = inOrder.filter(({ kind }) => kind === 'planned');
  return [
    ...inOrder.filter(({ kind }) => kind !== 'planned'),
    ...steps.filter(({ at }) => at === undefined),
    ...planned,
  ];
}

const done = (at: string | undefined, what: string, detail?: string): Step[] =>
  at === undefined ? [] : [{ at, what, kind: 'done', ...(detail !== undefined && { detail }) }];

const problem = (what: string, reason: string | undefined): Step => ({
  ...{ what, kind: 'problem' },
  ...(reason !== undefined && { detail: reasonInWords(reason) }),
});

const planned = (waiting: StoryOfCall['waiting']): Step[] =>
  waiting ? [{ at: waiting.due, what: T.steps.next[waiting.next] ?? waiting.next, kind: 'planned' }] : [];

function stepsOfCall({
  state,
  answeredAt,
  startedAt,
  requestedBy,
  attempts = 0,
  reason,
  waiting,
}: StoryOfCall): Step[] {
  const isLost = state === 'unrecordable' || state === 'unstreamed';
  return [
    ...done(answeredAt, T.steps.answered),
    ...done(startedAt, T.steps.stream, requestedBy && T.steps.requested(requestedBy)),
    ...(attempts > 0 ? [problem(T.steps.attempts(attempts), isLost ? undefined : reason)] : []),
    ...(isLost ? [problem(T.steps.notRecorded, reason)] : []),
    ...planned(waiting),
  ];
}

function stepsOfRecording(recording: StoryOfRecording): Step[] {
  const { state, startTime, completedAt, stored, deletedAt, attempts = 0, reason, waiting } = recording;
  const isAbsent = state === 'absent' || state === 'failed';
  return [
    ...done(startTime, T.steps.began),
    ...done(completedAt, T.steps.completed),
    ...(isAbsent ? [problem(T.steps.absent, reason ?? recording.audio.why)] : []),
    ...(!isAbsent && attempts > 0 && !stored ? [problem(T.steps.copyFailed(attempts), reason)] : []),
    ...done(stored?.storedAt, T.steps.stored),
    ...done(deletedAt, T.steps.deleted),
    ...planned(waiting),
  ];
}
