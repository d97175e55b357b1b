/** The queues of the workers and their dead letters, by name. */
import type { Step } from '../../lambdas/shared/contract/steps.ts';
import type { Place } from '../place/place.ts';

/** The steps that are fed by a queue. */
export const QUEUED_STEPS = [
  'recording-start',
  'recording-copy',
  'recording-delete',
  'erase',
  'reconcile',
] as const satisfies readonly Step[];
export type QueuedStep = (typeof QUEUED_STEPS)[number];
export const isQueuedStep = (text: string): text is QueuedStep => QUEUED_STEPS.some((step) => step === text);

export const queueName = ({ prefix }: Place, step: QueuedStep): string => `${prefix}-${step}`;
export const deadLettersName = (place: Place, step: QueuedStep): string => `${queueName(place, step)}-dead-letters`;
