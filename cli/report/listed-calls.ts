/** What Twilio says of the account: its numbers, and its calls in a range of days. */
import type {
  ListPage,
  Refusal,
  TwilioCall,
  TwilioNumber,
  TwilioRecording,
  TwilioRest,
} from '../../lambdas/shared/ports/twilio.ts';
import { Problem } from '../command/problem.ts';
import { askPatiently, type PatientAsking } from '../place/patience.ts';
import type { Days } from './days.ts';

export interface TwilioAsking extends PatientAsking {
  readonly twilio: Pick<TwilioRest, 'callsSince' | 'numbers' | 'recordingsOfCall'>;
}

/**
 * The pages of a list, one after the other.
 *
 * @param of completes the sentence `Twilio did not list …`
 * @throws {Problem} where the list does not come to its end
 */
async function* pagesOf<Page extends ListPage>(
  asking: TwilioAsking,
  of: string,
  ask: (page: string | undefined) => Promise<Page | Refusal>,
): AsyncGenerator<Page> {
  let next: string | undefined;
  do {
    const at = next;
    const page = await askPatiently(asking, `list the ${of}`, () => ask(at));
    yield page;
    if (page.isCut) throw new Problem(`Twilio's list of ${of} goes on, but does not say where. Try again later.`);
    next = page.next;
  } while (next !== undefined);
}

/** @throws {Problem} where the list does not come to its end */
export async function listNumbers(
  asking: TwilioAsking,
): Promise<{ readonly numbers: readonly TwilioNumber[]; readonly unreadable: number }> {
  const numbers: TwilioNumber[] = [];
  let unreadable = 0;
  for await (const page of pagesOf(asking, 'numbers', (at) => asking.twilio.numbers(at))) {
    numbers.push(...page.numbers);
    unreadable += page.unreadable;
  }
  return { numbers, unreadable };
}

export interface ListedCalls {
  readonly calls: readonly TwilioCall[];
  /** SIDs of entries of which nothing else can be read. */
  readonly unreadable: readonly string[];
  /** Entries without so much as a SID. */
  readonly unnamed: number;
}

/**
 * Page by page: all calls of the days, and others besides. Whether Twilio's filters look at the time of day is not documented.
 *
 * @throws {Problem} where the list does not come to its end
 */
export async function* listCalls(asking: TwilioAsking, { from, to }: Days): AsyncGenerator<ListedCalls> {
  const pages = pagesOf(asking, 'calls', (at) => asking.twilio.callsSince(from, at, to - 1));
  for await (const { calls, unreadable, passedOver = [] } of pages) {
    yield { calls, unreadable: passedOver, unnamed: unreadable - passedOver.length };
  }
}

/** The recordings that Twilio has of a call; none where it does not know the call any more. */
export async function recordingsAtTwilio(asking: TwilioAsking, callSid: string): Promise<readonly TwilioRecording[]> {
  const { recordings } = await askPatiently(asking, `list the recordings of ${callSid}`, async () => {
    const reply = await asking.twilio.recordingsOfCall(callSid);
    return reply.kind === 'not-found' ? { kind: 'found' as const, recordings: [] } : reply;
  });
  return recordings;
}
