/** Asks the server that has served the page. */

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

const KEY = 'console-key';

/** Takes the key out of the address, where a bookmark or a picture of the screen would show it. */
export function takeKey(): void {
  const [, key] = /^#key=([\w-]+)$/.exec(location.hash) ?? [];
  if (key === undefined) return;
  sessionStorage.setItem(KEY, key);
  history.replaceState(null, '', '#/calls');
}

export const keyHeader = (): { readonly [name: string]: string } => ({
  'x-console-key': sessionStorage.getItem(KEY) ?? '',
});

/** Whether the recorder is of an earlier version, which has no such route. */
export const isUnavailable = (error: unknown): boolean => error instanceof ApiProblem && error.status === 404;

export interface Asked {
  readonly method?: 'GET' | 'POST';
  readonly signal?: AbortSignal | undefined;
  readonly body?: object;
}

/** @throws {ApiProblem} */
export async function ask<Reply>(path: string, { method = 'GET', signal, body }: Asked = {}): Promise<Reply> {
  const reply = await fetch(path, {
    method,
    headers: { ...keyHeader(), ...(body && { 'content-type': 'application/json' }) },
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

export interface Session {
  readonly place: { readonly kind: 'local' | 'stack'; readonly title: string };
  /** Whether calls can be placed and things can be broken here. */
  readonly theatre: boolean;
}

export const openSession = (): Promise<Session> => ask<Session>('session', { method: 'POST' });
