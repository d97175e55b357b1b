/** `npm run recorder -- <command>`. */
import { COMMANDS } from './command/commands.ts';
import { runRecorder } from './command/recorder.ts';

runRecorder({
  args: process.argv.slice(2),
  commands: COMMANDS,
  terminal: { out: process.stdout, err: process.stderr, keyboard: process.stdin },
  environment: process.env,
  now: Date.now,
}).then(
  (exit) => {
    process.exitCode = exit;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
