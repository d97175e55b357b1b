import type { Emit } from './system-options.ts';

export type Startup = ReturnType<typeof createStartup>;
type Stopping = void | Promise<void>;

/** Start-up as a labelled list; shutdown is the same list backwards. */
export function createStartup(emit: Emit) {
  /** What each part is called, and how it ends. */
  const running: { readonly label: string; readonly stop: () => Stopping }[] = [];
  let stopped: Promise<void> | undefined;

  async function stopAll(): Promise<void> {
    for (let part = running.pop(); part !== undefined; part = running.pop()) {
      try {
        await part.stop();
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        emit({ kind: 'problem', message: `${part.label} did not stop: ${why}` });
      }
    }
  }

  return {
    /** Starts a part. Of what it answers, `stop` ends it. */
    async run<T>(label: string, start: () => Promise<T> | T, stop?: (value: T) => Stopping): Promise<T> {
      const begun = performance.now();
      const value = await start();
      if (stop !== undefined) running.push({ label, stop: () => stop(value) });
      emit({ kind: 'started', label, milliseconds: performance.now() - begun });
      return value;
    },
    /** Ends what runs, the last one first. A part that cannot be ended does not keep the others from it. */
    stop() {
      stopped ??= stopAll();
      return stopped;
    },
  };
}
