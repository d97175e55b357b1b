/** Twilio's list of the account's recordings in a range of time, newest first. */
import type { RecordingsPage, TwilioRecording, TwilioRest } from '../../lambdas/shared/ports/twilio.ts';
import type { Instant } from '../../lambdas/shared/rules/values/instant.ts';
import { hint, Problem } from '../command/problem.ts';
import type { Place } from '../place/place.ts';
import type { Pace } from './pace.ts';

/** The half-open range `[from, to)` of the times at which recordings were created. */
export interface Range {
  readonly from: Instant;
  readonly to: Instant;
}

/** How far down the list everything is settled. */
export interface Position {
  /** What is younger is settled. Twilio's times are whole seconds. */
  readonly createdAt: Instant;
  /** What is settled of that very second. */
  readonly recordingSids: readonly string[];
}

/** An entry of the list. */
export interface Listed {
  readonly recordingSid: string;
  readonly createdAt: Instant | undefined;
  /** Absent where `why` says that it cannot be taken in. */
  readonly recording?: TwilioRecording;
  readonly why?: 'no-call' | 'unreadable';
}

export interface ListedPage {
  readonly entries: readonly Listed[];
  /** Entries without so much as a recording SID. */
  readonly unnamed: number;
}

export interface ListingDependencies {
  readonly twilio: Pick<TwilioRest, 'recordingsSince'>;
  readonly pace: Pace;
  readonly place: Pick<Place, 'options'>;
}

const AGAIN = 'Try again later. The same command continues from here.';

/** Attempts at one page: the pauses between them add up to three minutes. */
const ATTEMPTS_MAX = 9;

/** @throws {Problem} where Twilio refuses, or does not answer for minutes */
export async function* listAtTwilio(
  deps: ListingDependencies,
  { from, to }: Range,
  position: Position | undefined,
): AsyncGenerator<ListedPage> {
  const settled = new Set(position?.recordingSids);
  const isWanted = ({ recordingSid, createdAt }: Listed) =>
    createdAt === undefined ||
    (createdAt >= from &&
      createdAt < to &&
      (position === undefined ||
        createdAt < position.createdAt ||
        (createdAt === position.createdAt && !settled.has(recordingSid))));
  let next: string | undefined;
  do {
    const page = await readPage(deps, from, position?.createdAt ?? to - 1, next);
    const entries = [
      ...page.recordings.map((recording) => ({
        ...{ recording, recordingSid: recording.recordingSid, createdAt: recording.createdAt },
      })),
      ...(page.passedOver ?? []).map(({ createdAt, ...over }) => ({ ...over, createdAt })),
    ];
    const youngestFirst = entries.sort((one, other) => (other.createdAt ?? 0) - (one.createdAt ?? 0));
    yield { entries: youngestFirst.filter(isWanted), unnamed: page.unreadable - (page.passedOver?.length ?? 0) };
    if (page.isCut) throw new Problem(`Twilio's list goes on, but does not say where. ${AGAIN}`);
    next = page.next;
  } while (next !== undefined);
}

async function readPage(
  { twilio, pace, place }: ListingDependencies,
  from: Instant,
  until: Instant,
  page: string | undefined,
): Promise<RecordingsPage> {
  for (let attempt = 1; ; attempt += 1) {
    await pace.turn();
    const reply = await twilio.recordingsSince(from, page, until);
    if (reply.kind === 'page') {
      pace.recover();
      return reply;
    }
    const { kind, status, reason } = reply;
    if ((kind !== 'later' && kind !== 'doubtful') || attempt >= ATTEMPTS_MAX) {
      const denied = status === 401 || status === 403;
      const todo = denied ? `Run ${hint(place, 'credentials check')}.` : 'Try again later.';
      throw new Problem(`Twilio did not list the recordings: ${reason}. ${todo} The same command continues from here.`);
    }
    // Reading a list may be repeated, whatever became of the request.
    pace.backOff();
  }
}
