/**
 * The content security policy of the hosted page, in two parts that a browser applies together. What names no resource is a header of the
 * distribution. What names the HTTP API stands in the page itself: the API's CORS names the distribution, and CloudFormation makes no two
 * resources that name each other.
 */
import { WAVESURFER_STYLE } from '../../console/serve/page.ts';

/** Where the page's scripts may go, each as `https://…`. */
export interface PageHosts {
  /** The HTTP API. */
  readonly api: string;
  /** Cognito's sign-in: tokens come from there. */
  readonly signIn: string;
  /** Where audio is played from: the recordings' bucket, and the function that plays what is at Twilio only. */
  readonly audio: readonly string[];
}

export const HEADER_POLICY = [
  "script-src 'self'",
  `style-src 'self' ${WAVESURFER_STYLE}`,
  "img-src 'self'",
  "font-src 'none'",
  "object-src 'none'",
  "frame-src 'none'",
  "worker-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** For `<meta http-equiv>`, which knows no `frame-ancestors`. */
export function pagePolicy({ api, signIn, audio }: PageHosts): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' ${WAVESURFER_STYLE}`,
    "img-src 'self'",
    // The page's own settings are a file beside it.
    ["connect-src 'self'", api, signIn, ...audio].join(' '),
    ['media-src', ...audio].join(' '),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}
