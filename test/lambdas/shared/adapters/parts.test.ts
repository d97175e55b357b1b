import { BufferPool, partsOf } from '../../../../lambdas/shared/adapters/aws/parts.ts';

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += size) yield bytes.subarray(offset, offset + size);
}

test.each([1, 3, 4, 5, 8, 100])('chunks of %i bytes become parts of four', async (size) => {
  const bytes = Buffer.from('0123456789');
  const parts: string[] = [];
  for await (const part of partsOf(inChunks(bytes, size), () => Buffer.alloc(4))) parts.push(part.toString());
  expect(parts).toEqual(['0123', '4567', '89']);
});

test('whole parts leave no rest', async () => {
  const parts: string[] = [];
  for await (const part of partsOf(inChunks(Buffer.from('01234567'), 3), () => Buffer.alloc(4)))
    parts.push(String(part));
  expect(parts).toEqual(['0123', '4567']);
});

test('nothing has no parts', async () => {
  expect((await partsOf(inChunks(Buffer.alloc(0), 3), () => Buffer.alloc(4)).next()).done).toBe(true);
});

test('a buffer that was given back is used again, whole, even if only a part of it was filled', async () => {
  const pool = new BufferPool(8);
  const first = pool.take();
  pool.give(first.subarray(0, 3));
  const second = pool.take();
  expect(second.length).toBe(8);
  expect(second.buffer).toBe(first.buffer);
  expect(pool.take().buffer).not.toBe(first.buffer);
});
