/** Asks the backend of the page. */
import { backend } from './backend.ts';

/** An answer that is no success: `message` says what is wrong, and what to do where the API says so. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  /** 0 where nobody answered. */
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Whether the recorder is of an earlier version, which has no such route. */
export const isUnavailable = (error: unknown): boolean => error instanceof ApiProblem && error.status === 404;

export interface Asked {
  readonly method?: 'GET' | 'POST';
  readonly signal?: AbortSignal | undefined;
  readonly body?: object;
}

/** @throws {ApiProblem} */
export async function ask<Reply>(path: string, { method = 'GET', signal, body }: Asked = {}): Promise<Reply> {
  const { address, headers } = backend();
  const reply = await fetch(address(path), {
    method,
    headers: { ...(await headers()), ...(body && { 'content-type': 'application/json' }) },
    ...(signal && { signal }),
    ...(body && { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new ApiProblem(0, '');
  });
  const read: unknown = await reply.json().catch(() => ({}));
  if (reply.ok) return read as Reply;
  const { error, message } = read as { readonly error?: string; readonly message?: string };
  throw new ApiProblem(reply.status, error ?? message ?? '');
}
