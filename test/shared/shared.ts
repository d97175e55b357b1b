import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { SharedCall, SharedReply } from './serve.ts';

// biome-ignore lint/suspicious/noExplicitAny: any function may be called.
type Functions = { readonly [name: string]: (...given: any[]) => unknown };

/**
 * The functions of a module, called in the process that all test files share. What they are given and what they return must be JSON.
 *
 * The same function with the same arguments is called once in a run: a later call gets the first one's result.
 *
 * @param module its absolute path
 */
export function shared<Module extends Functions>(module: string) {
  return async <Name extends keyof Module & string>(
    name: Name,
    ...given: Parameters<Module[Name]>
  ): Promise<Awaited<ReturnType<Module[Name]>>> => {
    const reply = await ask({ module, name, given });
    if ('error' in reply) throw new Error(reply.error);
    return reply.value as Awaited<ReturnType<Module[Name]>>;
  };
}

/** By `node:http`, which waits however long the process is busy. */
function ask(call: SharedCall): Promise<SharedReply> {
  const { SHARED_PROCESS_URL: url } = process.env;
  if (url === undefined) throw new Error('There is no shared process: jest must run with its globalSetup.');
  return new Promise((resolve, reject) => {
    // A connection of its own: the server closes one that has been idle, perhaps just as the next request is sent.
    request(url, { method: 'POST', agent: false }, async (response) => resolve(JSON.parse(await text(response))))
      .once('error', reject)
      .end(JSON.stringify(call));
  });
}
