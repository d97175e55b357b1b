/** The command about dead-letter queues. */
import type { Command, Operand } from '../command/command.ts';
import { isQueuedStep, QUEUED_STEPS } from './names.ts';

const STEP: Operand = {
  name: 'STEP',
  required: false,
  check: (text) => (isQueuedStep(text) ? undefined : `it is one of ${QUEUED_STEPS.join(', ')}.`),
};

export const redrive: Command = {
  name: 'redrive',
  operands: [STEP],
  summary: 'puts the messages of the dead-letter queues back to work; shows them first',
  help: `Without --yes it only counts what is parked. With --yes each message is sent to its step's queue again and then taken
from the dead letters: interrupted in between, it is there twice, which is harmless, since every step may be repeated.
No more messages are moved than lay there at the beginning, so what fails again does not go round in circles.

Fix the cause first: the articles of docs/runbook.md are named like the steps.`,
  options: { yes: { type: 'boolean', help: 'moves them' } },
  changes: true,
  run: async (context) => (await import('./redrive.ts')).redriveSteps(context),
};
