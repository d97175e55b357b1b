/** Replies of the server, all with the same headers of safety. */
import type { ServerResponse } from 'node:http';
import { WAVESURFER_STYLE } from './page.ts';

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
