/** Twilio's list of the account's recordings in a range of time, newest first. */
import type { TwilioRecording, TwilioRest } from '../../lambdas/shared/ports/twilio.ts';
import type { Instant } from '../../lambdas/shared/rules/values/instant.ts';
import { Problem } from '../command/problem.ts';
import type { Pace } from '../place/pace.ts';
import { askPatiently } from '../place/patience.ts';
import type { Place } from '../place/place.ts';

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

const AFTERWARDS = 'The same command continues from here.';

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
    const place = next;
    const page = await askPatiently({ ...deps, afterwards: AFTERWARDS }, 'list the recordings', () =>
      deps.twilio.recordingsSince(from, place, position?.createdAt ?? to - 1),
    );
    const entries = [
      ...page.recordings.map((recording) => ({
        ...{ recording, recordingSid: recording.recordingSid, createdAt: recording.createdAt },
      })),
      ...(page.passedOver ?? []).map(({ createdAt, ...over }) => ({ ...over, createdAt })),
    ];
    const youngestFirst = entries.sort((one, other) => (other.createdAt ?? 0) - (one.createdAt ?? 0));
    yield { entries: youngestFirst.filter(isWanted), unnamed: page.unreadable - (page.passedOver?.length ?? 0) };
    if (page.isCut) throw new Problem(`Twilio's list goes on, but does not say where. Try again later. ${AFTERWARDS}`);
    next = page.next;
  } while (next !== undefined);
}
