/** Twilio's lists of recordings, calls and telephone numbers, a page at a time. */
import type v2010Module from 'twilio/lib/rest/api/V2010.js';
import { RecordingListInstance } from 'twilio/lib/rest/api/v2010/account/recording.js';
import type { Refusal, TwilioCredentials, TwilioRest } from '../../ports/twilio.ts';
import { DAY, type Instant, toIso } from '../../rules/values/instant.ts';
import { callSidsOf, fieldsOf, readCall, readNumber } from './twilio-call-replies.ts';
import { readEntries, readList, UnreadableReply } from './twilio-replies.ts';

/** What a request needs: the library's resources hang on `api`. */
export interface Session {
  readonly api: InstanceType<typeof v2010Module.default>;
  readonly accountSid: string;
  readonly current: TwilioCredentials;
}

/** Makes a request whose URL has well-formed SIDs alone, and turns what the library throws into an answer. */
export type Ask = <Answer>(
  sidsFit: boolean,
  request: (session: Session) => Promise<Answer | Refusal>,
) => Promise<Answer | Refusal>;

/** The most that Twilio lists on a page. */
export const PAGE_SIZE = 1000;

export const ofLists = (ask: Ask): Pick<TwilioRest, 'recordingsSince' | 'callsSince' | 'numbers'> => ({
  recordingsSince: (from, page, until) =>
    ask(true, async ({ api, accountSid }) => {
      const listed = await RecordingListInstance(api, accountSid).page({
        dateCreatedAfter: new Date(dayBefore(from)),
        ...(until !== undefined && { dateCreatedBefore: new Date(dayAfter(until)) }),
        pageSize: PAGE_SIZE,
        ...placeOf(page),
      });
      return { kind: 'page', ...readList(listed.instances), ...nextPage(listed.nextPageUrl) };
    }),

  callsSince: (from, page, until) =>
    ask(true, async (session) => {
      const filters = {
        'StartTime>': toSeconds(dayBefore(from)),
        ...(until !== undefined && { 'StartTime<': toSeconds(dayAfter(until)) }),
      };
      const { listed, next } = await listOf(session, 'Calls', 'calls', filters, page);
      const { entries: calls, others } = readEntries(listed, readCall);
      const passedOver = callSidsOf(others);
      return {
        ...{ kind: 'page', calls, unreadable: others.length, ...next },
        ...(passedOver.length > 0 && { passedOver }),
      };
    }),

  numbers: (page) =>
    ask(true, async (session) => {
      const { listed, next } = await listOf(session, 'IncomingPhoneNumbers', 'incoming_phone_numbers', {}, page);
      const { entries: numbers, others } = readEntries(listed, readNumber);
      return { kind: 'page', numbers, unreadable: others.length, ...next };
    }),
});

/** The library's own resources of these lists bring whatever lies under a call or a number, a fifth of the bundle. */
async function listOf(
  { api, accountSid }: Session,
  resource: string,
  name: string,
  filters: { readonly [name: string]: string },
  page: string | undefined,
): Promise<{ readonly listed: readonly unknown[]; readonly next: NextPage }> {
  const { pageNumber, pageToken } = placeOf(page);
  const params = {
    ...{ ...filters, PageSize: PAGE_SIZE },
    ...(pageNumber !== undefined && { Page: pageNumber, PageToken: pageToken }),
  };
  const uri = `/Accounts/${accountSid}/${resource}.json`;
  const body = fieldsOf(await api.fetch({ uri, method: 'get', params }));
  const listed = body[name];
  if (!Array.isArray(listed)) throw new UnreadableReply();
  return { listed, next: nextPage(body.next_page_uri) };
}

/**
 * Whether a filter's time of day counts is not documented: it may mean that day's midnight. Whole days mean the same either way, and
 * one more on each side leaves room for an inequality that leaves out its own day.
 */
const dayBefore = (instant: Instant): Instant => dayOf(instant) - DAY;
const dayAfter = (instant: Instant): Instant => dayOf(instant) + 2 * DAY;
const dayOf = (instant: Instant): Instant => Math.floor(instant / DAY) * DAY;

const toSeconds = (instant: Instant): string => toIso(instant).replace('.000Z', 'Z');

type NextPage = { readonly next?: string; readonly isCut?: true };

/** Only where in the list the next page begins is taken from Twilio's reply, never a host or a path. */
export function nextPage(url: unknown): NextPage {
  if (url === undefined || url === null || url === '') return {};
  const query = typeof url === 'string' ? URL.parse(url, 'https://unused.invalid')?.searchParams : undefined;
  const number = query?.get('Page') ?? '';
  const token = query?.get('PageToken') ?? '';
  return /^\d{1,9}$/.test(number) && token !== '' ? { next: `${number} ${token}` } : { isCut: true };
}

/** Where a page begins, in the library's words; nothing of the first one. */
export function placeOf(page: string | undefined): { readonly pageNumber?: number; readonly pageToken?: string } {
  if (page === undefined) return {};
  const space = page.indexOf(' ');
  return { pageNumber: Number(page.slice(0, space)), pageToken: page.slice(space + 1) };
}
