/** S3's requests for audio, one by one, and the port over them: as the adapter makes them, each taking effect at one instant. */
import { createHash } from 'node:crypto';
import type { AudioStore, LastingUpload, ObjectAbout, PutReply } from '../../lambdas/shared/ports/audio-store.ts';
import type { Uploaded, UploadedPart } from '../../lambdas/shared/rules/table/upload.ts';

export interface S3Requests {
  putObject(key: string, bytes: Uint8Array, about: ObjectAbout): Promise<PutReply>;
  createUpload(key: string, about: ObjectAbout): Promise<string>;
  uploadPart(uploadId: string, number: number, bytes: Uint8Array): Promise<UploadedPart>;
  completeUpload(uploadId: string, parts: readonly UploadedPart[]): Promise<PutReply>;
  abortUpload(uploadId: string): Promise<void>;
}

/** Stores through requests, in parts where the audio is larger than one. */
export function storingThrough(
  requests: S3Requests,
  partBytes: number,
): Pick<AudioStore, 'put' | 'abandon' | 'partBytes'> {
  return {
    partBytes,
    async put(key, audio, about, lasting) {
      const parts = partsOf(audio, partBytes);
      if (lasting?.from) return inParts(requests, lasting.from.uploadId, parts, lasting);
      const first = (await parts.next()).value ?? new Uint8Array();
      if (first.length < partBytes) return requests.putObject(key, first, about);
      const uploadId = await requests.createUpload(key, about);
      lasting?.onProgress({ uploadId, parts: [], bytes: 0 });
      return inParts(requests, uploadId, following(first, parts), lasting);
    },
    abandon: (_key, uploadId) => requests.abortUpload(uploadId),
  };
}

async function inParts(
  requests: S3Requests,
  uploadId: string,
  audio: AsyncIterable<Uint8Array>,
  lasting: LastingUpload | undefined,
): Promise<PutReply> {
  let uploaded: Uploaded = lasting?.from ?? { uploadId, parts: [], bytes: 0 };
  try {
    for await (const bytes of audio) {
      const part = await requests.uploadPart(uploadId, uploaded.parts.length + 1, bytes);
      uploaded = { uploadId, parts: [...uploaded.parts, part], bytes: uploaded.bytes + bytes.length };
      lasting?.onProgress(uploaded);
    }
    const reply = await requests.completeUpload(uploadId, uploaded.parts);
    if (reply.kind === 'occupied') await requests.abortUpload(uploadId);
    return reply;
  } catch (error) {
    if (!lasting) await requests.abortUpload(uploadId);
    throw error;
  }
}

async function* partsOf(audio: AsyncIterable<Uint8Array>, partBytes: number): AsyncGenerator<Uint8Array> {
  let held = Buffer.alloc(0);
  for await (const chunk of audio) {
    held = Buffer.concat([held, chunk]);
    for (; held.length >= partBytes; held = held.subarray(partBytes)) yield held.subarray(0, partBytes);
  }
  if (held.length > 0) yield held;
}

async function* following(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

export const sha256 = (...chunks: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256');
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest();
};
