/** What the owner has configured, and changes while calls come in. */
import type { Deletions } from '../../../lambdas/shared/contract/settings.ts';
import { HOUR, type Instant, MINUTE } from '../../../lambdas/shared/rules/values/instant.ts';
import type { Draw } from '../faults/drawn.ts';
import type { Draws } from '../faults/draws.ts';
import { type Configuration, DEFAULT_CONFIGURATION } from '../world/deployment.ts';
import type { Scheduler } from '../world/scheduler.ts';
import type { World } from '../world/world.ts';

export interface Reconfiguration {
  readonly at: Instant;
  readonly deletions: Deletions;
}

export function drawConfiguration(draws: Draws, mp3: number): Configuration {
  return {
    deletions: draws.chance('deletions', 0.12) ? draws.pick('deletions are', ['paused', 'never']) : 'on',
    events: draws.chance('events off', 0.08) ? 'off' : 'on',
    startBy: draws.chance('start by twiml', 0.3) ? 'twiml' : 'stream',
    foreignStreams: draws.chance('foreign streams', 0.4)
      ? draws.pick('foreign streams are', ['record-with-disclaimer', 'record-only'])
      : 'refuse',
    withoutStream: draws.chance('without stream, by the stack', 0.2) ? 'record' : 'leave',
    audioFormat: draws.chance('mp3', mp3) ? 'mp3' : 'wav',
    keepAtTwilioMs: draws.chance('kept longer', 0.15)
      ? draws.pick('kept for', [25 * HOUR, 72 * HOUR])
      : DEFAULT_CONFIGURATION.keepAtTwilioMs,
  };
}

/** The switch is turned before deletions are due, while they are, and long after. */
export function drawReconfiguration(
  draws: Draws,
  { deletions, keepAtTwilioMs }: Configuration,
  start: Instant,
): Reconfiguration | undefined {
  if (!draws.chance('reconfigured', deletions === 'on' ? 0.1 : 0.7)) return undefined;
  const due = start + keepAtTwilioMs;
  return {
    at: draws.pick('reconfigured at', [start + HOUR, due - HOUR, due + MINUTE, due + 3 * MINUTE, due + 30 * HOUR]),
    deletions: deletions === 'on' ? draws.pick('turned', ['paused', 'never']) : 'on',
  };
}

/** Counts what is configured, and lets the change happen. */
export function configure(
  { configuration, reconfigured }: { configuration: Configuration; reconfigured: Reconfiguration | undefined },
  world: World,
  scheduler: Scheduler,
): void {
  const { deletions, events, audioFormat, keepAtTwilioMs, withoutStream } = configuration;
  const said: readonly [boolean, Draw][] = [
    [deletions === 'paused', 'deletions paused'],
    [deletions === 'never', 'deletions never'],
    [events === 'off', 'events off'],
    [withoutStream === 'record', 'recorded without a stream'],
    [audioFormat === 'mp3', 'kept as MP3'],
    [keepAtTwilioMs > DEFAULT_CONFIGURATION.keepAtTwilioMs, 'kept longer than a day'],
  ];
  for (const [is, draw] of said) if (is) world.note(draw);
  if (!reconfigured) return;
  scheduler.at(reconfigured.at, () => {
    world.note('deletions changed');
    world.turnDeletions(reconfigured.deletions);
  });
}
