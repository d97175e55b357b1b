/** What a load is run with, and what came of it. */
import type { StartBy } from '../../../lambdas/shared/contract/settings.ts';
import type { LoadAssumptions, Quotas } from './assumptions.ts';
import type { Waits } from './waits.ts';

export interface Use {
  readonly quota: string;
  readonly limit: number;
  readonly peak: number;
  /** Seconds of the day in which the limit was reached. */
  readonly secondsAtLimit: number;
}

export interface LoadReport {
  readonly calls: number;
  readonly peakCallsPerSecond: number;
  /** Of the busiest minute: what a limit must hold. */
  readonly busiestMinute: number;
  /** From the stream's start to the start request that Twilio took; absent where TwiML starts the recording. */
  readonly toRecording?: Waits;
  /** From the moment that Twilio knew the call; what came too early waits for the first second. */
  readonly sinceRegistered?: Waits;
  /** From completion to the stored copy. */
  readonly toStored: Waits;
  /** From the due date to the deletion at Twilio. */
  readonly toDeleted: Waits;
  readonly uses: readonly Use[];
  /** Seconds by which what came last waited longer than what came before, by what it waited for; none where it did not. */
  readonly growing: { readonly [backlog: string]: number };
  /** Stream messages beyond the account's limit, which API Gateway drops: frames nearly all, but `start` is among them. */
  readonly droppedMessages: number;
  /** Calls whose `start` or `mark` was probably among them, or whose webhook was refused. */
  readonly callsAtRisk: number;
}

export interface LoadOptions {
  readonly calls: number;
  readonly seed: number;
  readonly quotas?: Partial<Quotas>;
  readonly assumptions?: Partial<LoadAssumptions>;
  /** Evenly over so many hours instead of a working day's curve. */
  readonly hours?: number;
  readonly startBy?: StartBy;
}
