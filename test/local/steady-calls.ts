/** Calls that last as long as a test needs, however busy the machine is. */
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ENVIRONMENT } from '../../lambdas/shared/contract/environment.ts';
import type { Endpoints } from '../../local/system/endpoints.ts';
import type { SystemEvent } from '../../local/system/system.ts';
import type { TwilioServerEvent } from '../../local/twilio/server/events.ts';
import { until } from './support.ts';

/** For a system: after the disclaimer calls are dialled on, and so last until they are hung up. */
export const DIALLED_ON = {
  [ENVIRONMENT.afterDisclaimer]: JSON.stringify({ kind: 'dial', number: '+14155550123' }),
};

/** For a call: the dialled party talks until it is hung up. One that is never recorded ends all the same, for its test to fail. */
export const UNTIL_HUNG_UP = { talkMs: 240_000 };

export type TwilioAddress = Pick<Endpoints['twilio'], 'url' | 'accountSid' | 'authToken'>;

/**
 * Starts the functions that Twilio waits for, by requests that are refused. Twilio gives a webhook 15 s and a stream 10 s: a busy machine
 * may take longer to start them, but not to run them.
 */
export async function warmUp({ voiceUrl, http }: Pick<Endpoints, 'voiceUrl' | 'http'>): Promise<void> {
  const forged = { 'x-twilio-signature': 'forged' };
  const webhook = async () => (await fetch(voiceUrl, { method: 'POST', headers: forged, body: 'a=b' })).status;
  await until(async () => (await webhook()) === 403, 'the function of the webhook runs');
  await until(async () => (await statusOfHandshake(http, forged)) === 403, 'the function of the stream runs');
}

function statusOfHandshake(http: string, headers: { readonly [name: string]: string }): Promise<number | undefined> {
  const key = 'dGhlIHNhbXBsZSBub25jZQ==';
  const upgrade = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': key,
  };
  return new Promise((resolve, reject) => {
    get(http, { headers: { ...headers, ...upgrade } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).once('error', reject);
  });
}

/**
 * Hangs up each call, by Twilio's REST API, once its caller has heard the disclaimer and it has been recorded for a while.
 *
 * @returns what is to be told of the server's events
 */
export function hangUpWhenRecorded(twilio: () => TwilioAddress, recordedMilliseconds = 1000) {
  const heard = new Set<string>();
  const recorded = new Set<string>();
  return (event: TwilioServerEvent): void => {
    if (event.kind !== 'mark-returned' && event.kind !== 'played' && event.kind !== 'recording-started') return;
    const { callSid } = event;
    (event.kind === 'recording-started' ? recorded : heard).add(callSid);
    if (!heard.has(callSid) || !recorded.has(callSid)) return;
    heard.delete(callSid);
    void sleep(recordedMilliseconds).then(() => hangUp(twilio(), callSid));
  };
}

/** The same for a system with a Twilio of its own. @param dataDirectory the system's */
export function hangUpInSystem(dataDirectory: string, recordedMilliseconds?: number): (event: SystemEvent) => void {
  const twilio = () => JSON.parse(readFileSync(join(dataDirectory, 'endpoints.json'), 'utf8')).twilio;
  const observe = hangUpWhenRecorded(twilio, recordedMilliseconds);
  return (event) => {
    if (event.kind === 'twilio') observe(event.event);
  };
}

/** By Twilio's REST API, as an application does. */
export async function hangUp({ url, accountSid, authToken }: TwilioAddress, callSid: string): Promise<void> {
  const reply = await fetch(`${url}/2010-04-01/Accounts/${accountSid}/Calls/${callSid}.json`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${accountSid}:${authToken}`)}` },
    body: new URLSearchParams({ Status: 'completed' }),
  });
  // 400: the call is over already.
  if (!reply.ok && reply.status !== 400)
    throw new Error(`Twilio did not hang up ${callSid}: it answered ${reply.status}`);
}
