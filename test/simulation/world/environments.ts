/** Lambda's environments: one event at a time in each, killed at any request, and every request at a port. */

import { rememberedCredentials } from '../../../lambdas/shared/adapters/remembered-credentials.ts';
import { rememberedPartyKey } from '../../../lambdas/shared/adapters/remembered-party-key.ts';
import type { Step } from '../../../lambdas/shared/contract/steps.ts';
import type { Clock, Randomness } from '../../../lambdas/shared/ports/clock.ts';
import type { Log, LogFields } from '../../../lambdas/shared/ports/log.ts';
import type { PartyKey } from '../../../lambdas/shared/ports/party.ts';
import type { Credentials, TwilioCredentials, TwilioRest } from '../../../lambdas/shared/ports/twilio.ts';
import { SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import type { Draws } from '../faults/draws.ts';
import type { FaultKind, FaultPlan } from '../faults/faults.ts';
import type { Note } from '../watch/signals.ts';
import type { Scheduler } from './scheduler.ts';

/** How a kind of request shows its faults, beside taking place or not. */
export interface Special<Reply> {
  /** The error that the client throws; by default a plain one. */
  readonly error?: (kind: FaultKind) => Error;
  /** What comes back instead, and whether the request has taken effect. */
  readonly replies?: {
    readonly [kind in FaultKind]?: {
      readonly effect: boolean;
      readonly reply: (real?: Reply) => Reply | Promise<Reply>;
    };
  };
}

export class RequestFailed extends Error {
  override readonly name = 'RequestFailed';
}

/** Requests that change nothing. */
const READS = /^dynamodb\.(read|read-call|due|pendingEvents)$/;

/** Clients give up after this long, their own repetitions included. */
export const GIVE_UP_MS = 7 * SECOND;

export interface Hooks {
  /** Every request, and what became of it. */
  readonly onRequest: (site: string, occurrence: number, fault: FaultKind | undefined, forged: boolean) => void;
  readonly trace: (line: () => string) => void;
  readonly onLog: (step: Step, message: string, fields: LogFields) => void;
}

export interface EnvironmentsOptions {
  readonly scheduler: Scheduler;
  readonly draws: Draws;
  readonly plan: FaultPlan;
  readonly hooks: Hooks;
}

/** One environment: alive until it crashes. */
export class Environment {
  alive = true;
  /** It is busy with a request that Twilio did not sign. */
  forged = false;
  /** Made once for each environment, as `index.ts` does. */
  credentials: Credentials | undefined;
  partyKey: PartyKey | undefined;
  rest: TwilioRest | undefined;
  readonly name: string;
  readonly step: Step;
  /** Its clock is off by this much. */
  readonly skewMs: number;
  /** What the invocation has counted and measured so far: it is written at its end. */
  notes: Note[] = [];
  /** Whether the invocation has done more than read. */
  acted = false;
  /** Called when it dies. */
  onDeath: (() => void) | undefined;
  readonly #options: EnvironmentsOptions;
  readonly #occurrences: Map<string, number>;

  constructor(
    step: Step,
    number: number,
    skewMs: number,
    options: EnvironmentsOptions,
    occurrences: Map<string, number>,
  ) {
    this.step = step;
    this.name = `${step}/${number}`;
    this.skewMs = skewMs;
    this.#options = options;
    this.#occurrences = occurrences;
  }

  /**
   * A request: it travels, takes effect at one instant, and its reply travels back. Whatever is planned goes wrong with it.
   *
   * @param effect acts at once; a promise that it returns settles without time passing.
   */
  request<Reply>(
    operation: string,
    effect: () => Reply | Promise<Reply>,
    special: Special<Reply> = {},
  ): Promise<Reply> {
    if (!this.alive) return new Promise(() => undefined);
    const { scheduler, draws, plan, hooks } = this.#options;
    const { site, travels } = siteOf(this.step, operation);
    const occurrence = (this.#occurrences.get(site) ?? 0) + 1;
    this.#occurrences.set(site, occurrence);
    const fault = plan.decide(site, occurrence, scheduler.now);
    if (!READS.test(operation)) this.acted = true;
    hooks.onRequest(site, occurrence, fault, this.forged);
    const tell = (what: () => string) => hooks.trace(() => `${this.name} ${operation} #${occurrence} ${what()}`);
    if (fault === 'crash-before') {
      tell(() => 'the environment dies before it');
      this.die();
      return new Promise(() => undefined);
    }
    const there = travel(draws, travels) + (fault === 'slow' ? draws.whole('slow', 0, 3) * SECOND : 0);
    const back = travel(draws, travels);
    const instead = fault && special.replies?.[fault];
    const takesEffect = instead ? instead.effect : fault !== 'error-before' && fault !== 'never-sent';
    const answers = fault === undefined || fault === 'slow' || fault === 'duplicate' || instead !== undefined;
    const late = fault === 'late' ? GIVE_UP_MS + draws.whole('late', 0, 20) * SECOND : 0;
    const givesUpAfter = fault === 'error-before' || fault === 'never-sent' ? there + back : GIVE_UP_MS;

    return new Promise<Reply>((resolve, reject) => {
      const settle = (act: () => void) => {
        if (this.alive) act();
      };
      if (!answers && fault !== 'crash-after') {
        const error = special.error?.(fault) ?? new RequestFailed(`${fault} ${site}`);
        scheduler.after(givesUpAfter, () => settle(() => reject(error)));
      }
      scheduler.after(there + late, () => {
        const real = takesEffect ? outcomeOf(effect) : undefined;
        real?.then(
          (reply) => tell(() => `${fault ? `(${fault}) ` : ''}${shown(reply)}`),
          (error: Error) => tell(() => `throws ${error.message}`),
        );
        if (!real) tell(() => `(${fault})`);
        if (fault === 'crash-after') this.die();
        if (!answers) return;
        const reply = instead ? (real ?? Promise.resolve(undefined)).then((one) => instead.reply(one)) : real;
        // Its caller learns of a failure once the reply has travelled.
        reply?.catch(() => undefined);
        scheduler.after(back, () => settle(() => reply && resolve(reply)));
      });
    });
  }

  die(): void {
    if (!this.alive) return;
    this.alive = false;
    this.#options.hooks.trace(() => `${this.name} is dead`);
    this.onDeath?.();
  }

  readonly clock: Clock = {
    now: () => this.#options.scheduler.now + this.skewMs,
    sleep: (milliseconds) =>
      new Promise((resolve) =>
        this.#options.scheduler.after(milliseconds, () => {
          if (this.alive) resolve();
        }),
      ),
  };

  readonly randomness: Randomness = {
    id: () => `${this.name} ${this.#options.draws.whole('id', 0, 2 ** 32).toString(36)}`,
    fraction: () => this.#options.draws.fraction('fraction'),
  };

  readonly log: Log = {
    info: (message, fields) => this.#options.hooks.onLog(this.step, message, fields),
    warn: (message, fields) => this.#options.hooks.onLog(this.step, message, fields),
    error: (message, fields) => this.#options.hooks.onLog(this.step, message, fields),
    count: (metric, value = 1) => void this.notes.push({ metric, value }),
    measure: (metric, value) => void this.notes.push({ metric, value }),
  };

  /** The secret as this environment remembers it. */
  credentialsFrom(secret: () => TwilioCredentials): Credentials {
    return rememberedCredentials({
      read: () => this.request('secret.read', secret),
      clock: this.clock,
      log: this.log,
    });
  }

  partyKeyFrom(secret: () => string): PartyKey {
    return rememberedPartyKey(() => this.request('secret.read-party-key', secret));
  }
}

interface Site {
  /** `<step> <service>.<operation>` */
  readonly site: string;
  /** The label of what is drawn for its travels. */
  readonly travels: string;
}

const sites = new Map<string, Map<string, Site>>();

/** There are few sites and many requests: the texts are made once. */
function siteOf(step: Step, operation: string): Site {
  const known = sites.get(step) ?? new Map<string, Site>();
  sites.set(step, known);
  let site = known.get(operation);
  if (!site) {
    site = { site: `${step} ${operation}`, travels: `travel ${step} ${operation}` };
    known.set(operation, site);
  }
  return site;
}

/** Most requests take milliseconds; a few take long enough for others to overtake. */
function travel(draws: Draws, label: string): number {
  const fraction = draws.fraction(label);
  return fraction < 0.9 ? 1 + Math.floor(fraction * 20) : 20 + Math.floor((fraction - 0.9) * 8000);
}

function outcomeOf<Reply>(effect: () => Reply | Promise<Reply>): Promise<Reply> {
  try {
    return Promise.resolve(effect());
  } catch (error) {
    return Promise.reject(error);
  }
}

function shown(reply: unknown): string {
  const text = JSON.stringify(reply) ?? 'done';
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
