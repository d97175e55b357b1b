/** All steps, in the order in which a call meets them, and the queues that lead from one to the next. */
import type { Construct } from 'constructs';
import type { Step } from '../../lambdas/shared/contract/steps.ts';
import { disclaimer, incomingCall, recordCall, recordingStart, streamConnect, streamStatus } from './call-steps.ts';
import type { StepContext } from './context.ts';
import { erase, hold } from './keeping-steps.ts';
import { lookUp, RecordingPlay } from './playback-steps.ts';
import { recordingCallback, recordingCopy, recordingDelete } from './recording-steps.ts';
import { announce, canary, reconcile, sweep } from './scheduled-steps.ts';
import type { StepLambda } from './step-lambda.ts';
import { watchLog } from './watch-log.ts';

/** Every step, by its own name. */
export type Steps = ReturnType<typeof createSteps>;

/** Makes all steps, and lets each send to the queues that it feeds. */
export function createSteps(scope: Construct, context: StepContext) {
  const steps = {
    'incoming-call': incomingCall(scope, context),
    disclaimer: disclaimer(scope, context),
    'stream-connect': streamConnect(scope, context),
    'stream-status': streamStatus(scope, context),
    'record-call': recordCall(scope, context),
    hold: hold(scope, context),
    erase: erase(scope, context),
    'recording-start': recordingStart(scope, context),
    'recording-callback': recordingCallback(scope, context),
    'recording-copy': recordingCopy(scope, context),
    'recording-delete': recordingDelete(scope, context),
    sweep: sweep(scope, context),
    reconcile: reconcile(scope, context),
    announce: announce(scope, context),
    canary: canary(scope, context),
    'watch-log': watchLog(scope, context),
    'look-up': lookUp(scope, context),
    'recording-play': new RecordingPlay(scope, context),
  } satisfies { readonly [step in Step]: StepLambda };
  for (const step of ['stream-connect', 'stream-status', 'record-call'] as const) {
    steps['recording-start'].allowSending(steps[step]);
  }
  steps['recording-copy'].allowSending(steps['recording-callback']);
  for (const worker of ['recording-start', 'recording-copy', 'recording-delete', 'erase'] as const) {
    steps[worker].allowSending(steps.sweep);
  }
  steps.erase.allowSending(steps.erase);
  steps['recording-copy'].allowSending(steps.reconcile);
  steps['recording-play'].allowLinks(steps['look-up'].function);
  // A call that the new code has answered must not meet old code, which knows neither its token, nor its row, nor its callback.
  replaceBefore(steps['stream-connect'], steps['incoming-call']);
  replaceBefore(steps['recording-start'], steps['incoming-call']);
  replaceBefore(steps['recording-callback'], steps['incoming-call']);
  replaceBefore(steps.disclaimer, steps['incoming-call']);
  return steps;
}

/** Lets a deployment replace what reads before what writes. */
function replaceBefore(reader: StepLambda, writer: StepLambda): void {
  const [first, second] = [reader, writer].map((step) => step.function.node.defaultChild);
  if (first && second) second.node.addDependency(first);
}
