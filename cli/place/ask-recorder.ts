/** Requests to the recorder itself, signed with the operator's own AWS credentials, so that it knows who asks. */
import { SignatureV4 } from '@smithy/signature-v4';
import { HttpsClient } from '../../lambdas/shared/adapters/twilio/https-client.ts';
import { described, hint, Problem } from '../command/problem.ts';
import { withClients } from './clients.ts';
import type { Place } from './place.ts';

export interface RecorderReply {
  readonly status: number;
  /** Empty where the reply is not JSON. */
  readonly body: { readonly [name: string]: unknown };
}

/** @param content what is sent as JSON. @throws {Problem} where nothing answers */
export async function askRecorder(
  place: Place,
  method: 'GET' | 'POST',
  url: URL,
  content?: object,
): Promise<RecorderReply> {
  const body = content === undefined ? '' : JSON.stringify(content);
  const { protocol, hostname, host, port, pathname, search, searchParams } = url;
  // Whose credentials sign, and for which region, is that of a client which the commands have anyway.
  const headers = await withClients(place, ['s3'], async ({ s3 }) => {
    const { credentials, region, sha256 } = s3.config;
    const signer = new SignatureV4({ service: 'execute-api', credentials, region, sha256 });
    const query = Object.fromEntries(searchParams);
    const request = { method, protocol, hostname, path: pathname, query, headers: { host }, body };
    return (await signer.sign({ ...request, ...(port !== '' && { port: Number(port) }) })).headers;
  });
  try {
    const request = { method, path: pathname + search, headers, body };
    const reply = await new HttpsClient(url.origin, { reply: 30_000, idle: 30_000 }).text(request);
    return { status: reply.statusCode, body: parse(reply.body) };
  } catch (error) {
    throw new Problem(`${url.origin} does not answer (${described(error).message}). ${place.ifSilent}`);
  }
}

function parse(text: string): RecorderReply['body'] {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    // What is not JSON does not come from the recorder; the status says enough.
    return {};
  }
}

/** @param right what the credentials need, in words, such as `execute-api:Invoke on GET/audit` */
export function refusedBy(place: Place, { status, body: { error } }: RecorderReply, right: string): Problem {
  if (typeof error === 'string') return new Problem(error);
  if (status === 403) {
    return new Problem(
      `Your AWS credentials do not allow this: they need ${right} of the API behind ${place.voiceUrl}.`,
    );
  }
  return new Problem(`The recorder answers ${status}. Try again, then look at ${hint(place, 'doctor')}.`);
}
