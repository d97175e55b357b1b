/** Replies of the server, all with the same headers of safety. */
import type { ServerResponse } from 'node:http';

/**
 * wavesurfer.js puts this one style element into its shadow root; its hash stands for its text. A browser test compares: a later version
 * with another text shows there.
 */
export const WAVESURFER_STYLE = "'sha256-lYn8wofTd9DQ98eR+x6Z/GEnEIybaqD4JFb4hM9lipk='";

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  `style-src 'self' ${WAVESURFER_STYLE}`,
  "img-src 'self'",
  "media-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
} as const;

export function setSafetyHeaders(response: ServerResponse): void {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
}

/** @param json a text that is JSON */
export function sendText(response: ServerResponse, status: number, json: string): void {
  response.setHeader('content-type', 'application/json');
  response.writeHead(status).end(json);
}

export const sendJson = (response: ServerResponse, status: number, value: object): void =>
  sendText(response, status, JSON.stringify(value));
