/** Twilio's REST API as far as an operator needs it: the account itself and its numbers. */
import { type HttpClient, HttpsClient, NeverSent } from '../../lambdas/shared/adapters/twilio/https-client.ts';
import { isCallSid } from '../../lambdas/shared/rules/values/sids.ts';
import { described, hint, Problem } from '../command/problem.ts';
import type { Place } from './place.ts';

export interface Login {
  readonly accountSid: string;
  /** Account SID and auth token, or SID and secret of an API key. */
  readonly username: string;
  readonly password: string;
}

export interface PhoneNumber {
  readonly sid: string;
  readonly phoneNumber: string;
  readonly friendlyName: string;
  /** Empty where there is none. */
  readonly voiceUrl: string;
  readonly voiceMethod: string;
  readonly voiceApplicationSid: string | undefined;
  readonly trunkSid: string | undefined;
  readonly voice: boolean;
}

/** Twilio did not do it: its status and, where it gave one, its code. */
export class TwilioRefusal extends Problem {
  readonly status: number;
  constructor(place: TwilioPlace, what: string, status: number, code: unknown) {
    const reason = `status ${status}${typeof code === 'number' ? `, code ${code}` : ''}`;
    super(`Twilio did not ${what}: ${reason}. ${todo(place, status)}`);
    this.status = status;
  }
}

function todo(place: TwilioPlace, status: number): string {
  const [check, set] = [hint(place, 'credentials check'), hint(place, 'credentials set')];
  if (status === 401) return `The credentials do not fit the account: run ${check}, then ${set}.`;
  if (status === 403) return 'The credentials may not do this: use the auth token, or an API key that may.';
  if (status === 404) return 'Does it exist in this account, and is the region of --twilio-api-url the right one?';
  if (status === 429) return 'Too many concurrent requests: wait a moment, then repeat.';
  return 'See https://www.twilio.com/docs/api/errors.';
}

type TwilioPlace = Pick<Place, 'twilioApiUrl' | 'options'>;

type Json = { readonly [name: string]: unknown };

const PAGE_SIZE = 1000;
const PAGES_MAX = 100;

export class TwilioAccount {
  readonly #place: TwilioPlace;
  readonly #client: HttpClient;
  readonly #login: Login;

  constructor(place: TwilioPlace, login: Login) {
    this.#place = place;
    this.#client = new HttpsClient(place.twilioApiUrl);
    this.#login = login;
  }

  /** `active`, `suspended` or `closed`. API keys may be refused here: only the auth token is sure to work. */
  async status(): Promise<string> {
    const { status } = await this.#ask('show the account', 'GET', '.json');
    return String(status);
  }

  /** Whether the login may list recordings, which is what the recorder needs. @throws {TwilioRefusal} */
  async listOneRecording(): Promise<void> {
    await this.#ask('list recordings', 'GET', '/Recordings.json?PageSize=1');
  }

  async numbers(): Promise<readonly PhoneNumber[]> {
    const numbers: PhoneNumber[] = [];
    let query: string | undefined = `PageSize=${PAGE_SIZE}`;
    for (let pages = 0; query !== undefined && pages < PAGES_MAX; pages += 1) {
      const page: Json = await this.#ask('list the numbers', 'GET', `/IncomingPhoneNumbers.json?${query}`);
      const listed = page.incoming_phone_numbers;
      if (!Array.isArray(listed)) throw new Problem("Twilio's list of numbers could not be read.");
      numbers.push(...listed.map(readNumber));
      // Of the next page's address only the query is taken, never a host or a path.
      const [, next] = typeof page.next_page_uri === 'string' ? page.next_page_uri.split('?') : [];
      query = next;
    }
    return numbers;
  }

  /** @param form an empty value removes what it names */
  async updateNumber(sid: string, form: { readonly [name: string]: string }): Promise<PhoneNumber> {
    return readNumber(await this.#ask('change the number', 'POST', `/IncomingPhoneNumbers/${sid}.json`, form));
  }

  /** Places a call, whose TwiML Twilio asks `url` for once it is answered; answers its SID. @throws {TwilioRefusal} */
  async placeCall(call: { readonly from: string; readonly to: string; readonly url: string }): Promise<string> {
    const form = { From: call.from, To: call.to, Url: call.url, Method: 'POST' };
    const { sid } = await this.#ask('place the call', 'POST', '/Calls.json', form);
    if (!isCallSid(sid))
      throw new Problem("Twilio's reply names no call: look at its list of calls before you try again.");
    return sid;
  }

  async #ask(what: string, method: 'GET' | 'POST', path: string, form?: { readonly [name: string]: string }) {
    const { accountSid, username, password } = this.#login;
    const { twilioApiUrl } = this.#place;
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    const reply = await this.#client
      .text({
        method,
        path: `/2010-04-01/Accounts/${accountSid}${path}`,
        headers: { authorization, ...(form && { 'content-type': 'application/x-www-form-urlencoded' }) },
        body: form && new URLSearchParams(form).toString(),
      })
      .catch((error: unknown) => {
        const reason = error instanceof NeverSent ? error.message : described(error).message;
        throw new Problem(`Twilio does not answer at ${twilioApiUrl} (${reason}). Is this machine online?`);
      });
    const body = parse(reply.body);
    if (reply.statusCode < 200 || reply.statusCode > 299)
      throw new TwilioRefusal(this.#place, what, reply.statusCode, body?.code);
    if (!body) throw new Problem(`${twilioApiUrl} answered with something other than JSON: is it Twilio's REST API?`);
    return body;
  }
}

function parse(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Json) : undefined;
  } catch {
    // Error pages come as XML or HTML; their status says enough.
    return undefined;
  }
}

function readNumber(value: unknown): PhoneNumber {
  const number: Json = typeof value === 'object' && value !== null ? (value as Json) : {};
  const text = (name: string) => (typeof number[name] === 'string' ? number[name] : '');
  if (!/^PN[0-9a-fA-F]{32}$/.test(text('sid'))) throw new Problem("A number in Twilio's reply could not be read.");
  const capabilities = (number.capabilities ?? {}) as Json;
  return {
    sid: text('sid'),
    phoneNumber: text('phone_number'),
    friendlyName: text('friendly_name'),
    voiceUrl: text('voice_url'),
    voiceMethod: text('voice_method') || 'POST',
    voiceApplicationSid: text('voice_application_sid') || undefined,
    trunkSid: text('trunk_sid') || undefined,
    voice: capabilities.voice !== false,
  };
}
