import type { BusEvent } from '../emulators/events-server.ts';
import type { LogLine } from '../lambda/environment.ts';
import type { LocalOptions } from '../options.ts';
import type { TwilioServerEvent } from '../twilio/server/events.ts';
import type { BackendUrls, Interposed } from './backends.ts';

/** What a running system tells. */
export type SystemEvent =
  | { readonly kind: 'log'; readonly step: string; readonly line: LogLine }
  | { readonly kind: 'twilio'; readonly event: TwilioServerEvent }
  /** The event bus has accepted what was announced. */
  | { readonly kind: 'announced'; readonly event: BusEvent }
  | { readonly kind: 'started'; readonly label: string; readonly milliseconds: number }
  | { readonly kind: 'problem'; readonly message: string };

export interface SystemOptions extends Omit<LocalOptions, 'once' | 'chaos' | 'consolePort'> {
  /** The repository. */
  readonly root: string;
  /** A cloud assembly that exists; otherwise the app is synthesized into the data directory. */
  readonly assemblyDirectory?: string;
  readonly onEvent?: (event: SystemEvent) => void;
  /** Milliseconds until the simulated Twilio's REST API knows a new call. */
  readonly registrationDelay?: () => number;
  /** How many times as fast as the template says schedules run; 1 unless somebody is waiting. */
  readonly scheduleSpeed?: number;
  /** Replaces the template's value in every function whose template has the variable. */
  readonly environment?: { readonly [variable: string]: string };
  /** Puts something between functions and their backends; the platform itself, and anyone who looks inside, goes around it. */
  readonly interpose?: (direct: BackendUrls) => Promise<Interposed>;
  /** Called when an environment takes an event; `kill` ends it at once. What is answered is called when it is through. */
  readonly onInvoke?: (step: string, kill: () => void, event: unknown) => (() => void) | undefined;
}

/** Tells what happens in the system. */
export type Emit = (event: SystemEvent) => void;
