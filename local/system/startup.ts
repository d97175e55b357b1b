/** One part of a running system: what it is called, and how it ends. */
interface Running {
  readonly label: string;
  readonly stop: () => void | Promise<void>;
}

/** Start-up as a labelled list; shutdown is the same list backwards. */
export interface Startup {
  /** Starts a part. Of what it answers, `stop` ends it. */
  run<T>(label: string, start: () => Promise<T> | T, stop?: (value: T) => void | Promise<void>): Promise<T>;
  /** Ends what runs, the last one first. A part that cannot be ended does not keep the others from it. */
  stop(): Promise<void>;
}

export function createStartup(
  onProblem: (problem: string) => void,
  onDone?: (label: string, milliseconds: number) => void,
): Startup {
  const running: Running[] = [];
  let stopped: Promise<void> | undefined;

  async function stopAll(): Promise<void> {
    for (let part = running.pop(); part !== undefined; part = running.pop()) {
      try {
        await part.stop();
      } catch (error) {
        onProblem(`${part.label} did not stop: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }

  return {
    async run(label, start, stop) {
      const begun = performance.now();
      const value = await start();
      if (stop !== undefined) running.push({ label, stop: () => stop(value) });
      onDone?.(label, performance.now() - begun);
      return value;
    },
    stop() {
      stopped ??= stopAll();
      return stopped;
    },
  };
}
