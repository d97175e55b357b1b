/** Links to audio at Twilio that end by themselves: the function URL of `recording-play`, signed in its query. */
import type { S3Client } from '@aws-sdk/client-s3';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Clock } from '../../ports/clock.ts';
import type { TwilioPlayback } from '../../ports/playback.ts';
import { SECOND, toIso } from '../../rules/values/instant.ts';
import { LINK_SECONDS } from './s3-playback.ts';

/** Whose credentials sign, and for which region: those of a client that there is anyway. */
export type Signer = Pick<S3Client['config'], 'credentials' | 'region' | 'sha256'>;

/**
 * IAM authorizes anyone who has the link as its signer. Nothing but the host is a signed header, so that a browser can
 * follow it, and there is no body.
 *
 * AWS documents signatures of function URLs without saying where in a request they stand. That one in the query is accepted for a
 * request without a body is reported at https://repost.aws/questions/QUPuq7VvHJRwWxVA3XJIgNKQ/, and with a session's token and this very
 * signer by https://github.com/pwrdrvr/lambda-url-signing; it was not tried on an account of ours (unconfirmed).
 *
 * @param url of the function, with or without a slash at its end
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 */
export function functionUrlPlayback(url: string, signer: Signer, clock: Pick<Clock, 'now'>): TwilioPlayback {
  const { credentials, region, sha256 } = signer;
  const signature = new SignatureV4({ service: 'lambda', credentials, region, sha256 });
  return {
    async link({ callSid, recordingSid }) {
      const { protocol, hostname, port, host, pathname } = new URL(
        `${url.replace(/\/$/, '')}/${callSid}/${recordingSid}`,
      );
      const signedAt = clock.now();
      const request = {
        ...{ method: 'GET', protocol, hostname, path: pathname, headers: { host } },
        ...(port !== '' && { port: Number(port) }),
      };
      const signed = await signature.presign(request, {
        expiresIn: LINK_SECONDS,
        signingDate: new Date(signedAt),
      });
      const query = new URLSearchParams(signed.query as { readonly [name: string]: string });
      return { url: `${protocol}//${host}${pathname}?${query}`, expiresAt: toIso(signedAt + LINK_SECONDS * SECOND) };
    },
  };
}
