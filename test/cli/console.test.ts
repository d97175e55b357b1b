/** `console`: serves the page, signs what it asks with the operator's credentials, and ends at Ctrl-C. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { signedBy } from '../../local/gateway/aws-signature.ts';
import { beforeRemoval, temporaryDirectory, until } from '../local/support.ts';
import { run } from './support.ts';

const SECRET = 'a'.repeat(40);
const place = { region: 'eu-central-1', secretAccessKey: SECRET, service: 'execute-api' } as const;
const dataDirectory = temporaryDirectory();
/** Who has signed, and for what: undefined where the signature is wrong. */
const seen: { readonly by: string | undefined; readonly request: string }[] = [];

beforeAll(async () => {
  const api = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const body = Buffer.concat(await request.toArray());
    seen.push({ by: signedBy({ method, url, headers, body }, place, new Date()), request: `${method} ${url} ${body}` });
    response.end('{"calls":[]}');
  });
  await once(api.listen(0, '127.0.0.1'), 'listening');
  beforeRemoval(() => api.close());
  const url = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
  const services = { dynamodb: url, s3: url, sqs: url, secretsmanager: url };
  const endpoints = {
    ...{ voiceUrl: `${url}/voice`, publicUrl: url, table: 't', bucket: 'b', secret: 's', playUrl: 'off' },
    twilio: { url, simulated: true },
    aws: { region: place.region, accessKeyId: 'OPERATOR', secretAccessKey: SECRET, endpoints: services },
    queues: { 'x-recording-start': url },
  };
  writeFileSync(join(dataDirectory, 'endpoints.json'), JSON.stringify(endpoints));
});

test('serves until it is interrupted, each time with another key', async () => {
  const addresses = [];
  for (let time = 1; time <= 2; time += 1) {
    const interrupt = Promise.withResolvers<void>();
    let printed = '';
    const output = {
      write(text: string | Uint8Array) {
        printed += String(text);
      },
    };
    const ended = run(['console', `--local=${dataDirectory}`], {
      interrupted: () => interrupt.promise,
      problems: output,
    });
    await until(() => printed.includes('#key='), 'the address is printed');
    const [, url = '', key = ''] = /(http:\/\/127\.0\.0\.1:\d+)\/#key=([\w-]+)/.exec(printed) ?? [];
    addresses.push(key);
    expect((await fetch(url)).status).toBe(200);
    expect((await fetch(`${url}/api/calls`)).status).toBe(401);
    const reply = await fetch(`${url}/api/calls?number=%2B14155550123&to=2026-01-01`, {
      headers: { 'x-console-key': key },
    });
    expect([reply.status, await reply.json()]).toEqual([200, { calls: [] }]);
    interrupt.resolve();
    expect((await ended).exit).toBe(0);
    await expect(fetch(url)).rejects.toThrow();
  }
  expect(new Set(addresses).size).toBe(2);
  const request = 'GET /calls?number=%2B14155550123&to=2026-01-01 ';
  expect(seen).toEqual([
    { by: 'OPERATOR', request },
    { by: 'OPERATOR', request },
  ]);
});

test('says what is wrong with a port', async () => {
  const { exit, err } = await run(['console', `--local=${dataDirectory}`, '--port', 'x']);
  expect([exit, err]).toEqual([2, '--port x: a port is a number from 0 to 65535.\n']);
});
