/** The account's numbers: what a change means, and what is refused. */
import { openAccount } from './account.ts';

const APPLICATION = `AP${'1'.repeat(32)}`;
const TRUNK = `TK${'1'.repeat(32)}`;

function open() {
  const account = openAccount();
  const [number] = account.rest('GET', '/IncomingPhoneNumbers.json?PhoneNumber=%2B15005550006').body
    .incoming_phone_numbers;
  const path = `/IncomingPhoneNumbers/${number.sid}.json`;
  return { account, path, update: (form: Record<string, string>) => account.rest('POST', path, form) };
}

test('a number is found by a part of it', () => {
  const { account } = open();
  const found = (part: string): number =>
    account.rest('GET', `/IncomingPhoneNumbers.json?PhoneNumber=${part}`).body.incoming_phone_numbers.length;
  expect([found('550006'), found('5555'), found('500555')]).toEqual([1, 0, 2]);
});

test('application and trunk exclude each other, and an empty value removes', () => {
  const { update } = open();
  expect(update({ VoiceApplicationSid: APPLICATION }).body).toMatchObject({ voice_application_sid: APPLICATION });
  expect(update({ TrunkSid: TRUNK }).body).toMatchObject({ voice_application_sid: null, trunk_sid: TRUNK });
  expect(update({ VoiceMethod: 'GET' }).body).toMatchObject({ voice_method: 'GET', trunk_sid: TRUNK });
  expect(update({ VoiceApplicationSid: APPLICATION }).body).toMatchObject({ trunk_sid: null });
  expect(update({ VoiceApplicationSid: '' }).body).toMatchObject({ voice_application_sid: null, trunk_sid: null });
});

test('a change shows in its date, and a refused one changes nothing', () => {
  const { account, path, update } = open();
  const before = account.rest('GET', path).body;
  expect(update({ VoiceUrl: 'no url' })).toMatchObject({ status: 400, body: { code: 21502 } });
  expect(update({ VoiceMethod: 'PUT' })).toMatchObject({ status: 400, body: { code: 20001 } });
  expect(account.rest('GET', path).body).toEqual(before);
  expect(update({ VoiceUrl: '' }).body.voice_url).toBeNull();
  account.now += 1000;
  expect(update({ VoiceMethod: 'GET' }).body.date_updated).not.toBe(before.date_updated);
  expect(account.rest('DELETE', path).status).toBe(405);
  expect(account.rest('GET', `/IncomingPhoneNumbers/PN${'f'.repeat(32)}.json`).status).toBe(404);
});
