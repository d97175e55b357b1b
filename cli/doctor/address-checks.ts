/** Whether each address lets in whom it must, and nobody else. */
import { functionUrlPlayback } from '../../lambdas/shared/adapters/aws/function-url-playback.ts';
import { DISCLAIMER_PATH, HTTP_PATHS, LOOK_UP_ROUTES } from '../../lambdas/shared/contract/http.ts';
import type { Step } from '../../lambdas/shared/contract/steps.ts';
import { probeMark } from '../../lambdas/shared/rules/webhook/probe.ts';
import { Problem } from '../command/problem.ts';
import { readCredentials } from '../credentials/secret.ts';
import { type Check, type DoctorContext, NotChecked, statusOf, unexpected } from './check.ts';
import { getUnsigned, handshake, postForm, signature } from './probe.ts';

const tokenOf = async ({ place, clients }: DoctorContext): Promise<string> =>
  (await readCredentials(place, clients)).authTokens[0];

const urlOf = ({ place }: DoctorContext, path: string): string =>
  place.voiceUrl.replace(new RegExp(`${HTTP_PATHS.voice}$`), path);

/**
 * A signed request without a call: its signature is accepted, and then it is refused as incomplete (400), before anything
 * is written. Were the signature not accepted, it would be 403.
 */
export const webhook =
  (path: string, step: Step): Check =>
  async (doctor) => {
    const url = urlOf(doctor, path);
    const token = await tokenOf(doctor);
    if (!doctor.withoutRefusals) {
      const unsigned = await statusOf(doctor, url, () => postForm(url, {}, undefined, probeMark(token, url)));
      if (unsigned !== 403) throw new Problem(`${url} answers ${unsigned} instead of 403${unexpected(unsigned, step)}`);
    }
    const signed = await statusOf(doctor, url, () => postForm(url, {}, signature(token, url), probeMark(token, url)));
    if (signed === 400)
      return doctor.withoutRefusals ? `accepts Twilio's signature` : 'accepts Twilio’s signature only';
    if (signed !== 403) throw new Problem(`${url} answers ${signed} to a signed request${unexpected(signed, step)}`);
    throw new Problem(refusesToken(url, 'publicUrl', 'that Twilio is given'));
  };

/** A handshake that is accepted opens a connection and no more: a call is noted only by a `start` message. */
export const stream: Check = async (doctor) => {
  const { streamUrl: url } = doctor.place;
  const step: Step = 'stream-connect';
  const token = await tokenOf(doctor);
  const right = await statusOf(doctor, url, () => handshake(url, signature(token, url)));
  if (right === 403) throw new Problem(refusesToken(url, 'streamUrl', 'that <Stream> names'));
  if (right !== 101) throw new Problem(`${url} answers ${right} to a signed handshake${unexpected(right, step)}`);
  if (doctor.withoutRefusals) return 'a handshake with the right signature is accepted';
  const wrong = await statusOf(doctor, url, () =>
    handshake(url, signature(`not-${token}`, url), probeMark(token, url)),
  );
  if (wrong === 403) return 'a handshake with the right signature is accepted, with a wrong one refused';
  throw new Problem(`${url} answers ${wrong} to a wrong signature instead of 403${unexpected(wrong, step)}`);
};

const refusesToken = (url: string, setting: string, which: string): string =>
  `${url} refuses the signature of the stored token. If the secret was changed less than a minute ago, try again. ` +
  `Otherwise ${setting} in the configuration is not the address ${which}: compare them, deploy again.`;

/** A file that is not there: in its place the disclaimer is served that is. A proxy of the owner's may lead POST requests alone here. */
export const disclaimer: Check = async (doctor) => {
  const url = urlOf(doctor, `${DISCLAIMER_PATH}/${'0'.repeat(64)}.wav`);
  const status = await statusOf(doctor, url, () => getUnsigned(url));
  if (status === 200) return 'Twilio can fetch it, for calls whose recording TwiML starts';
  throw new Problem(`${url} answers ${status} instead of 200${unexpected(status, 'disclaimer')}`);
};

/** Without a signature for IAM nobody gets a story: API Gateway refuses, before any function runs. */
export const lookUps: Check = async (doctor) => {
  const [, path = ''] = LOOK_UP_ROUTES.recordings.split(' ');
  const url = urlOf(doctor, path);
  const unsigned = await statusOf(doctor, url, () => getUnsigned(url));
  if (unsigned === 403) return 'requests that are not signed for IAM are refused';
  throw new Problem(`${url} answers ${unsigned} instead of 403${unexpected(unsigned, 'look-up')}`);
};

/** A link to a recording that does not exist: it gets as far as the function, and no further. */
export const playback: Check = async (doctor) => {
  const { place, clients, now } = doctor;
  const { playUrl: url } = place;
  const step: Step = 'recording-play';
  if (url === undefined) return new NotChecked('nothing is played from Twilio: playFromTwilio is "off"');
  const unsigned = await statusOf(doctor, url, () => getUnsigned(url));
  if (unsigned !== 403) throw new Problem(`${url} answers ${unsigned} instead of 403${unexpected(unsigned, step)}`);
  const unknown = { callSid: `CA${'0'.repeat(32)}`, recordingSid: `RE${'0'.repeat(32)}` };
  const link = await functionUrlPlayback(url, clients.s3.config, { now: () => now }).link(unknown);
  const signed = await statusOf(doctor, url, () => getUnsigned(link.url));
  if (signed === 404) return 'links reach what plays from Twilio, and nothing does without a signature';
  if (signed !== 403) throw new Problem(`${url} answers ${signed} to a signed link${unexpected(signed, step)}`);
  throw new Problem(
    `${url} refuses a signed link. You need the rights lambda:InvokeFunctionUrl and lambda:InvokeFunction on ${step}. With them, ` +
      'AWS does not take the signature: set "playFromTwilio" to "off", deploy, and report it.',
  );
};
