/**
 * The process that all test files of a run share.
 *
 * Jest gives each file a registry of modules of its own. The CDK and the validator of its templates take seconds to load, so they are
 * loaded once, here, by Node itself.
 */
import { pathToFileURL } from 'node:url';
import type { SharedCall, SharedReply } from './serve.ts';

async function replyTo({ module, name, given }: SharedCall): Promise<SharedReply> {
  try {
    const { [name]: called } = await import(pathToFileURL(module).href);
    return { value: await called(...given) };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

process.on('message', async ({ id, call }: { id: number; call: SharedCall }) => {
  const reply = await replyTo(call);
  // The CDK sets an exit code where it does not throw: a synthesis that failed must not look like one that succeeded.
  if (process.exitCode !== undefined) throw new Error(`${call.name} set the exit code ${process.exitCode}`);
  process.send?.({ id, reply });
});
// Jest has ended, or was killed.
process.on('disconnect', () => process.exit());
