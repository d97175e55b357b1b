import { join } from 'node:path';
import { runChaos } from './chaos/chaos.ts';
import { startLocalConsole } from './console.ts';
import { listenToKeyboard } from './keyboard.ts';
import { HELP, type LocalOptions, parseOptions } from './options.ts';
import { type System, type SystemEvent, startSystem } from './system/system.ts';
import type { Emit } from './system/system-options.ts';
import { createSwitches } from './theatre/switches.ts';
import { createTeller } from './theatre/told.ts';
import { formatDuration } from './watch/duration.ts';
import { runOnce } from './watch/once.ts';
import { exportStoredAudio } from './watch/stored-recordings.ts';
import { createTimeline } from './watch/timeline.ts';

const ROOT = join(import.meta.dirname, '..');

/** Aborted when nobody reads the output any more, as after `head`: then the run ends without a word. */
const unread = new AbortController();
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    unread.abort();
  });
}
const writeTo = (stream: NodeJS.WriteStream) => (text: string) => void (unread.signal.aborted || stream.write(text));
const write = writeTo(process.stdout);
const writeProblem = writeTo(process.stderr);

/** Exit codes: 0 done, 1 something failed or was not seen, 2 the command line is wrong. */
async function main(): Promise<number> {
  const parsed = parseOptions(process.argv.slice(2), process.env);
  if (parsed.kind === 'help') {
    write(HELP);
    return 0;
  }
  if (parsed.kind === 'wrong') {
    for (const problem of parsed.problems) console.error(problem);
    return 2;
  }
  const { options } = parsed;
  unread.signal.onabort = () => process.exit(options.once || options.chaos !== undefined ? 1 : 0);
  if (options.chaos !== undefined) {
    const { chaos, dataDirectory } = options;
    return (await runChaos({ ...options, chaos, dataDirectory: directoryOfRun(dataDirectory), root: ROOT, write }))
      ? 0
      : 1;
  }
  const colours = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
  const onEvent = createTimeline({ write, writeProblem, colours, now: Date.now });
  if (options.once) return (await runOnce({ ...options, root: ROOT, onEvent, write })) ? 0 : 1;
  await serve(options, onEvent);
  return 0;
}

/** A run under faults begins with nothing: its judge must know of every recording, and it spoils no other data. */
function directoryOfRun(dataDirectory: string): string {
  return join(dataDirectory, 'chaos', new Date().toISOString().replaceAll(':', '-'));
}

/** Runs until it is told to stop. */
async function serve(options: LocalOptions, onEvent: Emit): Promise<void> {
  const stopped = Promise.withResolvers<void>();
  let running: System | undefined;
  const isSimulated = options.twilio === undefined && options.awsEndpoint === undefined;
  const theatre = isSimulated ? { switches: createSwitches(), teller: createTeller() } : undefined;
  const system = await startSystem({
    ...options,
    ...theatre?.switches.options,
    root: ROOT,
    onEvent(event) {
      onEvent(event);
      theatre?.teller.observe(event);
      if (running !== undefined) tellWhereAudioLies(running, options, event, onEvent);
    },
  });
  running = system;
  const page = await startLocalConsole(system, { ...options, port: options.consolePort, theatre });
  const stop = () => {
    process.on('SIGINT', () => process.exit(130));
    write('\nStopping; press Ctrl-C again to end at once.\n');
    page
      .close()
      .then(() => system.stop())
      .then(stopped.resolve, stopped.reject);
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  unread.signal.onabort = stop;
  const keys = system.twilio === undefined ? 'Press q to stop.' : 'Press Enter for another call, q to stop.';
  write(introduction(system, page.address, options, keys));
  const place = async () => {
    if (system.twilio !== undefined) await system.placeCall().catch(problemTo(onEvent));
  };
  listenToKeyboard(process.stdin, { onEnter: () => void place(), onQuit: stop, onOther: () => write(`${keys}\n`) });
  await place();
  await stopped.promise;
}

/** Whenever a recording is stored, leaves a copy where it can be played. */
function tellWhereAudioLies(system: System, { dataDirectory }: LocalOptions, event: SystemEvent, onEvent: Emit): void {
  if (event.kind !== 'log' || event.line.record?.event !== 'recording_stored') return;
  const { callSid, recordingSid } = event.line.record;
  exportStoredAudio(system, dataDirectory, String(callSid), String(recordingSid)).then(
    (audio) => write(audio === undefined ? '' : `\nListen: ${audio.file}\n`),
    problemTo(onEvent),
  );
}

const problemTo = (onEvent: Emit) => (error: unknown) =>
  onEvent({ kind: 'problem', message: error instanceof Error ? error.message : String(error) });

function introduction(
  { endpoints, twilio, hosted }: System,
  address: string,
  options: LocalOptions,
  keys: string,
): string {
  const keep = formatDuration(options.keepAtTwilioSeconds);
  return `
The call recorder runs.

  Console       ${address}${hosted === undefined ? '' : `\n  …, hosted     ${hosted.site.url}/`}
  Voice URL     POST ${endpoints.voiceUrl}
  Stream        ${endpoints.webSocket}
  Twilio        ${endpoints.twilio.url}${twilio === undefined ? '' : ' (simulated)'}
  All of it     ${join(options.dataDirectory, 'endpoints.json')}

Twilio's copy of a recording is kept for ${keep}. ${twilio === undefined ? 'Call your number. ' : ''}${keys}
`;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
