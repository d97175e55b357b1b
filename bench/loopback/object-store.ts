/** S3 that reads every byte, keeps none, and believes the checksums that it is told. */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { drain, reply } from './bodies.ts';

interface Stored {
  readonly bytes: number;
  /** As `x-amz-checksum-sha256`; absent where the client sent none. */
  readonly checksum: string | undefined;
}

export class ObjectStore {
  readonly #objects = new Map<string, Stored>();
  readonly #uploads = new Map<string, Map<number, Stored>>();

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'https://s3');
    const uploadId = url.searchParams.get('uploadId');
    const part = url.searchParams.get('partNumber');
    switch (request.method) {
      case 'HEAD':
        return this.#head(url.pathname, response);
      case 'PUT': {
        const checksum = text(request.headers['x-amz-checksum-sha256']);
        const stored = { bytes: bytesOf(request, await drain(request)), checksum };
        if (uploadId !== null && part !== null) this.#uploads.get(uploadId)?.set(Number(part), stored);
        else this.#objects.set(url.pathname, stored);
        return reply(response, 200, '', { etag: `"${part ?? 'whole'}"` });
      }
      case 'POST':
        if (uploadId !== null) return this.#complete(request, url.pathname, uploadId, response);
        return this.#begin(url.pathname, response);
      case 'DELETE':
        return reply(response, 204, '');
      default:
        return reply(response, 405, '');
    }
  }

  #head(path: string, response: ServerResponse): void {
    const stored = this.#objects.get(path);
    if (stored === undefined) {
      response.writeHead(404).end();
      return;
    }
    response
      .writeHead(200, {
        'content-length': stored.bytes,
        'last-modified': new Date().toUTCString(),
        ...(stored.checksum !== undefined && { 'x-amz-checksum-sha256': stored.checksum }),
      })
      .end();
  }

  #begin(path: string, response: ServerResponse): void {
    const uploadId = `upload-${this.#uploads.size + 1}`;
    this.#uploads.set(uploadId, new Map());
    const xml = `<InitiateMultipartUploadResult><Key>${path}</Key><UploadId>${uploadId}</UploadId></InitiateMultipartUploadResult>`;
    reply(response, 200, xml, { 'content-type': 'application/xml' });
  }

  async #complete(request: IncomingMessage, path: string, uploadId: string, response: ServerResponse): Promise<void> {
    await drain(request);
    const parts = [...(this.#uploads.get(uploadId) ?? [])].sort(([a], [b]) => a - b).map(([, part]) => part);
    this.#uploads.delete(uploadId);
    const hash = createHash('sha256');
    for (const { checksum } of parts) hash.update(Buffer.from(checksum ?? '', 'base64'));
    const composite = `${hash.digest('base64')}-${parts.length}`;
    this.#objects.set(path, {
      bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
      checksum: parts.every(({ checksum }) => checksum !== undefined) ? composite : undefined,
    });
    const xml = `<CompleteMultipartUploadResult><Key>${path}</Key><ETag>"whole"</ETag></CompleteMultipartUploadResult>`;
    reply(response, 200, xml, { 'content-type': 'application/xml' });
  }
}

/** The SDK may send chunks with signatures and a trailer around what counts. */
const bytesOf = (request: IncomingMessage, sent: number): number =>
  Number(text(request.headers['x-amz-decoded-content-length']) ?? sent);

const text = (header: string | string[] | undefined) => (typeof header === 'string' ? header : undefined);
