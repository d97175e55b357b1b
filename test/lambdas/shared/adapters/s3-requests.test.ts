/** What the requests to S3 carry, as a server sees them. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { S3Client } from '@aws-sdk/client-s3';
import { s3AudioStore } from '../../../../lambdas/shared/adapters/aws/s3-audio-store.ts';
import { WAV } from '../../support/wav.ts';

const PART_BYTES = 64 * 1024;
/** Statuses for the next requests, before all are accepted again. */
const refusals: number[] = [];
const puts: { readonly body: Buffer; readonly payloadHash: unknown; readonly checksum: unknown }[] = [];

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  if (request.method === 'PUT') {
    const { 'x-amz-content-sha256': payloadHash, 'x-amz-checksum-sha256': checksum } = request.headers;
    puts.push({ body: Buffer.concat(chunks), payloadHash, checksum });
  }
  response.statusCode = refusals.shift() ?? 200;
  response.setHeader('etag', '"part"');
  response.end(request.method === 'POST' ? '<Result><UploadId>upload</UploadId><ETag>"all"</ETag></Result>' : '');
}

const server = createServer((request, response) => void answer(request, response));
let client: S3Client;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = new S3Client({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
  });
});
beforeEach(() => puts.splice(0));
afterAll(() => {
  client.destroy();
  return new Promise((resolve) => server.close(resolve));
});

test.each([
  ['a single request', PART_BYTES - 1, [PART_BYTES - 1]],
  ['each part', 2 * PART_BYTES + 5, [PART_BYTES, PART_BYTES, 5]],
])('%s is signed over the SHA-256 that it also has as its checksum', async (_what, length, lengths) => {
  const audio = Buffer.from(Uint8Array.from({ length }, (_, index) => index % 251));
  async function* source(): AsyncGenerator<Uint8Array> {
    yield audio;
  }
  await s3AudioStore(client, 'bucket', PART_BYTES).put('key', source(), WAV);
  expect(puts.map(({ body }) => body.length)).toEqual(lengths);
  expect(Buffer.concat(puts.map(({ body }) => body)).equals(audio)).toBe(true);
  for (const { body, payloadHash, checksum } of puts) {
    const digest = createHash('sha256').update(body).digest();
    expect({ payloadHash, checksum }).toEqual({
      payloadHash: digest.toString('hex'),
      checksum: digest.toString('base64'),
    });
  }
});

test('uploads use the same buffers in turn, and a request that failed keeps its own', async () => {
  const allocate = jest.spyOn(Buffer, 'allocUnsafeSlow');
  const store = s3AudioStore(client, 'bucket', PART_BYTES);
  const upload = (length: number, fill: number) => {
    const audio = Buffer.alloc(length, fill);
    async function* source(): AsyncGenerator<Uint8Array> {
      yield audio;
    }
    return store.put('key', source(), WAV);
  };
  const buffers = () => allocate.mock.calls.filter(([length]) => length === PART_BYTES).length;
  for (const [length, fill] of [
    [9000, 1],
    [40, 2],
    [2 * PART_BYTES + 7, 3],
    [50, 4],
  ] as const) {
    await upload(length, fill);
    expect(Buffer.concat(puts.splice(0).map(({ body }) => body)).equals(Buffer.alloc(length, fill))).toBe(true);
  }
  const before = buffers();
  expect(before).toBeLessThanOrEqual(3);

  refusals.push(400);
  await expect(upload(60, 5)).rejects.toThrow();
  await upload(70, 6);
  await upload(80, 7);
  expect(puts.slice(1).map(({ body }) => [body.length, body[0]])).toEqual([
    [70, 6],
    [80, 7],
  ]);
  expect(buffers() - before).toBeLessThanOrEqual(1);
  allocate.mockRestore();
});
