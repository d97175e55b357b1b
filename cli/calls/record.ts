/** `calls record`. */
import { SignatureV4 } from '@smithy/signature-v4';
import { HttpsClient } from '../../lambdas/shared/adapters/twilio/https-client.ts';
import { RECORD_ROUTE } from '../../lambdas/shared/contract/http.ts';
import type { CommandContext, Result } from '../command/command.ts';
import { described, EXIT, hint, Problem } from '../command/problem.ts';
import { withClients } from '../place/clients.ts';
import type { Place } from '../place/place.ts';

export async function recordCall(context: CommandContext): Promise<Result> {
  const [callSid = ''] = context.positionals;
  const place = context.place();
  const [, path = ''] = RECORD_ROUTE.split(' ');
  const url = new URL(path.replace('{callSid}', callSid), place.voiceUrl);
  if (context.dryRun) {
    const text = `POST ${url} would have ${callSid} recorded, if it is live.`;
    return { exit: EXIT.ok, text, json: { changed: false, url: url.href } };
  }
  const { status, body } = await post(place, url);
  if (status !== 200 && status !== 202) throw refused(place, callSid, status, body);
  const { call } = body as { call?: { state?: string; requestedBy?: string } };
  const how = status === 200 ? 'is recorded already' : `is to be recorded (${call?.state})`;
  const text = `${callSid} ${how}. ${hint(place, `calls show ${callSid}`)} tells what becomes of it.`;
  return { exit: EXIT.ok, text, json: { changed: status === 202, ...body } };
}

async function post(place: Place, url: URL): Promise<{ status: number; body: { readonly [name: string]: unknown } }> {
  const { protocol, hostname, host, port, pathname } = url;
  // Whose credentials sign, and for which region, is that of a client which the commands have anyway.
  const headers = await withClients(place, ['s3'], async ({ s3 }) => {
    const { credentials, region, sha256 } = s3.config;
    const signer = new SignatureV4({ service: 'execute-api', credentials, region, sha256 });
    const request = { method: 'POST', protocol, hostname, path: pathname, headers: { host }, body: '' };
    return (await signer.sign({ ...request, ...(port !== '' && { port: Number(port) }) })).headers;
  });
  try {
    const request = { method: 'POST', path: pathname, headers, body: '' } as const;
    const { statusCode, body } = await new HttpsClient(url.origin, { reply: 30_000, idle: 30_000 }).text(request);
    return { status: statusCode, body: parse(body) };
  } catch (error) {
    throw new Problem(`${url.origin} does not answer (${described(error).message}). ${place.ifSilent}`);
  }
}

function parse(text: string): { readonly [name: string]: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    // What is not JSON does not come from the recorder; the status says enough.
    return {};
  }
}

function refused(place: Place, callSid: string, status: number, { error }: { readonly error?: unknown }): Problem {
  if (typeof error === 'string') return new Problem(error);
  if (status === 403) {
    return new Problem(
      `Your AWS credentials may not have ${callSid} recorded: they need execute-api:Invoke on POST/calls/*/recording of the API behind ${place.voiceUrl}.`,
    );
  }
  return new Problem(`The recorder answers ${status}. Try again, then look at ${hint(place, 'doctor')}.`);
}
