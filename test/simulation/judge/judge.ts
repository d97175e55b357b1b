/** Watches a history and says what was broken: safety at every step, liveness at the end. It makes no requests. */
import type { Step } from '../../../lambdas/shared/contract/steps.ts';
import type { OutgoingEvent } from '../../../lambdas/shared/ports/event-bus.ts';
import type { LogFields } from '../../../lambdas/shared/ports/log.ts';
import { isOfService, type RecordingRow, type Row } from '../../../lambdas/shared/rules/table/rows.ts';
import { type Instant, MINUTE } from '../../../lambdas/shared/rules/values/instant.ts';
import type { TwilioState } from '../../../sim/twilio/state.ts';
import type { FaultKind } from '../faults/faults.ts';
import type { Watchman } from '../watch/watchman.ts';
import { twilioUrlOf } from '../world/deployment.ts';
import type { TwilioChange } from '../world/twilio-change.ts';
import { RECORDER } from '../world/twilio-world.ts';
import type { World } from '../world/world.ts';
import type { Answer } from '../world/world-ports.ts';
import { unaccountedCalls } from './call-judge.ts';
import { copyIn, judgeDeletions } from './deletions.ts';
import { EventJudge } from './event-judge.ts';
import type { Invariant, Violation } from './invariant.ts';
import type { JudgeOptions } from './judge-options.ts';
import { wrongParties } from './party-judge.ts';
import { CALL_RANK, RANK } from './ranks.ts';
import { StartJudge } from './start-judge.ts';
import { StreamJudge } from './stream-judge.ts';
import { WatchJudge } from './watch-judge.ts';
import { WishJudge } from './wish-judge.ts';

/** A call that lives on for this long without a fault must be recorded: the longest pause between attempts, and a sweep. */
const RECORDED_WITHIN_MS = 6 * MINUTE;

/** Effects that a request without Twilio's signature must not have. */
const CHANGES = /^(dynamodb\.write|sqs\.|s3\.(put|complete-upload)|twilio\.(start|delete)|connections\.send)/;

export class Judge {
  readonly violations: Violation[] = [];
  readonly #now: () => Instant;
  readonly #options: JudgeOptions;
  #lastFault: Instant;
  /** Recordings one of whose callbacks was acknowledged. */
  readonly #calledBack = new Set<string>();
  readonly #knownSince = new Map<string, Instant>();
  #world: World | undefined;
  #watch: WatchJudge | undefined;
  readonly #events = new EventJudge((what) => this.#broken('I12', what));
  readonly #streams = new StreamJudge((what) => this.#broken('I14', what));
  readonly #starts = new StartJudge(...this.#judging('I3'));
  readonly #wishes = new WishJudge(...this.#judging('I15'));

  constructor(options: JudgeOptions) {
    this.#now = options.now;
    this.#options = options;
    // While secret and account disagree nothing can be recorded, and an alarm says so.
    this.#lastFault = options.wrongSecretUntil ?? options.now();
  }

  watch(world: World, watchman: Watchman): void {
    this.#world = world;
    this.#watch = new WatchJudge(watchman, (invariant, what) => this.#broken(invariant, what));
  }

  onRequest(site: string, fault: FaultKind | undefined, forged: boolean): void {
    if (fault !== undefined) this.#lastFault = Math.max(this.#lastFault, this.#now());
    this.#wishes.onRequest(site, fault);
    const operation = site.slice(site.indexOf(' ') + 1);
    if (forged && CHANGES.test(operation)) this.#broken('I5', `a forged request led to ${site}`);
  }

  onTwilio({ request, ...change }: TwilioChange): void {
    const { before, after, reply } = change;
    if (request.kind === 'call-ended') this.#callEnded(request.callSid, after);
    if (request.kind === 'recording-started') this.#starts.onTwiml({ request, ...change });
    if (request.kind !== 'rest') return;
    this.#starts.onRest({ request, ...change });
    if (request.method === 'POST' && reply.status === 201) this.#started(before, after);
    if (request.method === 'DELETE' && reply.status === 204 && this.#world) {
      const rowOf = (sid: string) => this.#recording(sid);
      const known = { world: this.#world, now: this.#now(), skewMs: this.#options.skewMs, rowOf };
      judgeDeletions(before, after, known, (invariant, what) => this.#broken(invariant, what));
    }
  }

  onWrite(row: Row, before: Row | undefined): void {
    this.#mustNotTell('a row says', JSON.stringify(row));
    this.#events.onWrite(row, before);
    if (row.kind === 'call') {
      this.#streams.onWrite(row);
      const isFirst = row.startedAt !== undefined && !this.#knownSince.has(row.callSid);
      if (isFirst) this.#knownSince.set(row.callSid, this.#now());
    }
    if (row.kind === 'recording' && row.twilioUrl !== twilioUrlOf(row.recordingSid)) {
      this.#broken('I6', `${row.recordingSid} is said to lie at ${row.twilioUrl}`);
    }
    if (before === undefined) return;
    if (row.version !== before.version + 1)
      this.#broken('I8', `version ${before.version} was followed by ${row.version}`);
    if (row.kind === 'recording' && before.kind === 'recording' && RANK[row.state] < RANK[before.state]) {
      this.#broken('I8', `recording ${row.recordingSid} went from ${before.state} to ${row.state}`);
    }
    if (row.kind === 'call' && before.kind === 'call' && CALL_RANK[row.state] < CALL_RANK[before.state]) {
      this.#broken('I8', `call ${row.callSid} went from ${before.state} to ${row.state}`);
    }
  }

  onAnswer({ step, status, forged, parameters }: Answer): void {
    if (status >= 400) return;
    if (forged) this.#broken('I5', `a forged request was answered ${status} by ${step}`);
    if (step !== 'recording-callback' || !parameters) return;
    if (parameters.RecordingSid !== undefined) this.#calledBack.add(parameters.RecordingSid);
    // Twilio does not call again: what the table does not hold now may be lost.
    const known = this.#world?.table
      .rows()
      .some((row) => row.kind === 'recording' && row.recordingSid === parameters.RecordingSid);
    if (!known) this.#broken('I1', `${parameters.RecordingSid} was acknowledged, and the table does not know it`);
  }

  onStored(key: string): void {
    const [sid = ''] = /RE[0-9a-f]{32}/.exec(key) ?? [];
    const ending = key.endsWith(`.${this.#world?.keptAs(sid)}`);
    if (!ending || !/^recordings\/CA[0-9a-f]{32}\/RE[0-9a-f]{32}\.\w+$/.test(key)) {
      this.#broken('I7', `an object lies at ${key}`);
    }
  }

  onEvent(event: OutgoingEvent): void {
    this.#events.onEvent(event);
    if (this.#world?.configuration.events === 'off') this.#broken('I12', `told ${event.detailType} with events off`);
    this.#mustNotTell('an event says', JSON.stringify(event));
  }

  onLog(step: Step, message: string, { error: _named, ...fields }: LogFields): void {
    this.#mustNotTell(`${step} logged:`, `${message} ${JSON.stringify(fields)}`);
  }

  #mustNotTell(who: string, text: string): void {
    if (this.#options.secrets.some((secret) => text.includes(secret))) this.#broken('I9', `${who} ${text}`);
  }

  /** Liveness, once faults have been over for two days. */
  atTheEnd(): void {
    const world = this.#world;
    if (!world) return;
    const rows = world.table.rows();
    for (const recording of world.twilio.state.recordings.values()) this.#recordingSettled(recording.sid, rows);
    for (const row of rows) this.#rowSettled(row, rows);
    if (world.configuration.events === 'on') this.#events.atTheEnd(rows);
    for (const what of wrongParties(world.twilio.state, rows)) this.#broken('I19', what);
    for (const what of unaccountedCalls(world.twilio.state, rows, this.#now())) this.#broken('I15', what);
    this.#watch?.atTheEnd(world, this.#options.pagesLateMs, this.#now());
    for (const [name, queue] of Object.entries(world.queues)) {
      if (queue.size > 0) this.#broken('I10', `${queue.size} messages are left in ${name}`);
    }
  }

  #started(before: TwilioState, after: TwilioState): void {
    const [created] = [...after.recordings.values()].filter(({ sid }) => !before.recordings.has(sid));
    if (!created) return;
    if (created.channels !== 2) this.#broken('I1', `${created.sid} has ${created.channels} channel`);
  }

  #callEnded(callSid: string, state: TwilioState): void {
    this.#streams.onEnd(state.calls.get(callSid), this.#now(), this.#lastFault);
    this.#wishes.onEnd(callSid, this.#world?.wishes.get(callSid), state, this.#lastFault);
    const known = this.#knownSince.get(callSid);
    const call = state.calls.get(callSid);
    if (known === undefined || call?.registeredAt == null) return;
    const since = Math.max(known, call.registeredAt, this.#lastFault);
    if (this.#now() - since < RECORDED_WITHIN_MS) return;
    // Another's recording on two channels that runs to the call's end serves as well: nobody can tell it from ours.
    const recorded = [...state.recordings.values()].some(
      (one) =>
        one.callSid === callSid && (one.actor === RECORDER || (one.channels === 2 && one.endedAt === call.endedAt)),
    );
    if (!recorded) this.#broken('I10', `${callSid} lived on for ${this.#now() - since} ms and was not recorded`);
  }

  #recordingSettled(sid: string, rows: readonly Row[]): void {
    const world = this.#world;
    const recording = world?.twilio.state.recordings.get(sid);
    if (!world || !recording) return;
    const { callSid, actor, status } = recording;
    const ours = actor === RECORDER;
    const row = this.#recording(sid);
    if (world.strangers.has(callSid) && !world.imported.has(sid)) {
      const told = this.#calledBack.has(sid);
      if (row && !told) this.#broken('I13', `${sid} of a call that is none of ours is in the table`);
      return;
    }
    const throughUs = rows.some((one) => one.kind === 'call' && one.callSid === callSid);
    if (!row) {
      if (ours || (throughUs && status === 'completed'))
        this.#broken('I1', `the table does not know ${sid} (${status})`);
      return;
    }
    if (status === 'absent') {
      if (row.state !== 'absent') this.#broken('I10', `${sid} is absent at Twilio and ${row.state} in the table`);
      return;
    }
    if (status === 'failed') {
      if (row.state !== 'failed') this.#broken('I10', `${sid} has failed at Twilio and is ${row.state} in the table`);
      return;
    }
    const goes = ours || world.imported.get(sid) === true;
    // Where neither a reply nor a callback has told whose it is, it stays at Twilio. So does what came before deletions went off.
    const maybe = ours && !this.#calledBack.has(sid) && !world.imported.get(sid);
    const isOff = world.deletionsOffSince !== undefined;
    const stays = row.state === 'stored' && status === 'completed';
    if (!(stays && (maybe || isOff))) {
      const wanted = goes ? 'deleted' : 'stored';
      if (row.state !== wanted && !(isOff && row.state === 'deleting')) {
        this.#broken('I10', `${sid} is ${row.state} (${row.reason}), not ${wanted}`);
      }
      if (status !== (goes ? 'deleted' : 'completed') && row.state !== 'deleting') {
        this.#broken('I10', `${sid} is ${status} at Twilio`);
      }
    }
    if (!copyIn(world, callSid, sid)) this.#broken('I1', `S3 does not hold ${sid}`);
  }

  #rowSettled(row: Row, rows: readonly Row[]): void {
    if (isOfService(row) || row.kind === 'hold') return;
    const isPaused = row.waiting?.next === 'delete' && this.#world?.deletionsOffSince !== undefined;
    if (row.waiting && !isPaused)
      this.#broken('I10', `${row.callSid} ${row.kind} ${row.state} still waits to ${row.waiting.next}`);
    if (row.kind === 'call') {
      if (CALL_RANK[row.state] < CALL_RANK.recording) this.#broken('I10', `call ${row.callSid} is ${row.state}`);
      const recordings = rows.filter(
        (one): one is RecordingRow => one.kind === 'recording' && one.callSid === row.callSid,
      );
      const flagged = recordings.filter(({ extra }) => extra).length;
      if (flagged < recordings.length - 1) {
        this.#broken('I4', `${row.callSid} has ${recordings.length} recordings, ${flagged} of them flagged`);
      }
    }
  }

  #recording(sid: string): RecordingRow | undefined {
    const rows = this.#world?.table.rows() ?? [];
    return rows.find((one): one is RecordingRow => one.kind === 'recording' && one.recordingSid === sid);
  }

  /** What a judge of one invariant needs. */
  #judging(invariant: Invariant): [now: () => Instant, broken: (what: string) => void] {
    return [() => this.#now(), (what) => this.#broken(invariant, what)];
  }

  #broken(invariant: Invariant, what: string): void {
    this.violations.push({ invariant, what, at: this.#now() });
  }
}
