/** Whether Twilio accepts the credentials, and sends calls here. */
import type { TwilioCredentialsSecret } from '../../lambdas/shared/contract/credentials.ts';
import { hint, Problem } from '../command/problem.ts';
import { checkAtTwilio, loginOf, readCredentials, readStored } from '../credentials/secret.ts';
import { doesNow, isPointed } from '../numbers/number.ts';
import { isOurs } from '../numbers/setting.ts';
import { TwilioAccount } from '../place/twilio-account.ts';
import { type Check, NotChecked, Warned } from './check.ts';

export const secret: Check = async ({ place, clients }) => {
  await readCredentials(place, clients);
  const stored = (await readStored(place, clients)) as TwilioCredentialsSecret;
  const checks = await checkAtTwilio(place, stored);
  const failed = checks.filter(({ ok }) => !ok);
  if (failed.length > 0) {
    const details = failed.map(({ detail }) => detail).join(' ');
    throw new Problem(`${details} Store what Twilio accepts: ${hint(place, 'credentials set')}.`);
  }
  return `Twilio accepts ${checks.map(({ what }) => what).join(', and the ')}`;
};

export const number: Check = async ({ place, clients, number: asked }) => {
  const { voiceUrl } = place;
  const numbers = await new TwilioAccount(place, loginOf(await readCredentials(place, clients))).numbers();
  const pointed = numbers.filter((one) => isPointed(one, voiceUrl)).map(({ phoneNumber }) => phoneNumber);
  if (asked !== undefined && !pointed.includes(asked)) {
    const found = numbers.find(({ phoneNumber }) => phoneNumber === asked);
    if (!found) throw new Problem(`The account has no number ${asked}. See ${hint(place, 'numbers list')}.`);
    throw new Problem(`${asked} ${doesNow(found, voiceUrl)}. Run ${hint(place, `numbers point ${asked}`)}.`);
  }
  const passing = numbers.filter((one) => isOurs(one.voiceUrl, voiceUrl) && !isPointed(one, voiceUrl));
  const points = `${pointed.join(', ')} ${pointed.length === 1 ? 'points' : 'point'} here`;
  if (passing.length > 0) {
    const ways = passing.map((one) => `${one.phoneNumber} ${doesNow(one, voiceUrl)}`).join(', ');
    const todo = `To have them recorded: ${hint(place, `numbers point ${passing[0]?.phoneNumber}`)}, and so on.`;
    const those = pointed.length > 0 ? `${points}. ` : '';
    return new Warned(`${those}Calls of numbers with this voice URL go elsewhere all the same: ${ways}. ${todo}`);
  }
  if (pointed.length > 0) return points;
  const [first] = numbers;
  const point = first && hint(place, `numbers point ${first.phoneNumber}`);
  if (place.twilioIsSimulated) {
    return new NotChecked(
      `no number points here, and the simulated Twilio calls without one${point ? `; to try one: ${point}` : ''}`,
    );
  }
  const todo = point === undefined ? 'Buy one in Twilio’s console.' : `Run ${point}.`;
  throw new Problem(`None of the account's ${numbers.length} numbers points here. ${todo}`);
};
