/** Runs one command: from the command line to the exit code. */

import type { Place } from '../place/place.ts';
import { printable, type Screen } from '../terminal/terminal.ts';
import { type Command, type CommandContext, textOf, type Values } from './command.ts';
import { parseCommandLine } from './command-line.ts';
import { codeOf, EXIT, type ExitCode, Problem, RECORDER, shellQuoted } from './problem.ts';

interface RecorderOptions extends Pick<CommandContext, 'terminal' | 'environment' | 'now' | 'interrupted' | 'version'> {
  /** What stands behind `recorder`. */
  readonly args: readonly string[];
  readonly commands: readonly Command[];
}

/** Prints the result, or what is wrong and what to do. Never throws. */
export async function runRecorder(options: RecorderOptions): Promise<ExitCode> {
  const { args, commands, terminal, environment } = options;
  const asJson = args.includes('--json');
  let place: Place | undefined;
  try {
    const parsed = await parseCommandLine(commands, args);
    if (parsed.kind !== 'run') {
      print(terminal.out, parsed.kind === 'help' ? parsed.text : options.version);
      return EXIT.ok;
    }
    const { command, values, positionals } = parsed;
    const findPlace = await placeFinder(values, environment.AWS_PROFILE);
    const result = await command.run({
      ...{
        values,
        positionals,
        terminal,
        environment,
        now: options.now,
        interrupted: options.interrupted,
        version: options.version,
      },
      dryRun: values['dry-run'] === true,
      place: () => {
        place ??= findPlace();
        return place;
      },
      again: (option) => `"${RECORDER} ${[...args.map(shellQuoted), option].join(' ')}"`,
    });
    const screen = result.audioOnOutput === true ? terminal.err : terminal.out;
    print(screen, asJson ? asText(result.json) : result.text);
    return result.exit;
  } catch (error) {
    // The reader of the output has closed it, as `head` does.
    if (codeOf(error) === 'EPIPE') return EXIT.failed;
    const problem = error instanceof Problem ? error : await explained(error, place, environment);
    if (asJson) print(terminal.out, asText({ error: problem.message }));
    else print(terminal.err, problem.message);
    return problem.exit;
  }
}

const asText = (json: unknown): string => JSON.stringify(json, null, 2);
const print = (screen: Screen, text: string): void => void screen.write(`${printable(text)}\n`);

async function explained(error: unknown, place: Place | undefined, environment: CommandContext['environment']) {
  const { explain } = await import('./explain.ts');
  return explain(error, place, environment.AWS_PROFILE);
}

/** Asks CloudFormation at once, but reports its failure only when the command needs the place: a wrong option comes first. */
async function placeFinder(values: Values, profile: string | undefined): Promise<() => Place> {
  const where = placeOptions(values);
  const [{ findPlace, isDescribed }, { DEFAULT_STACK }] = await Promise.all([
    import('../place/find-place.ts'),
    import('../place/place.ts'),
  ]);
  if (!isDescribed(where)) return () => findPlace(where);
  const { describeStack } = await import('../place/stack-outputs.ts');
  const [stack] = await Promise.allSettled([describeStack(where.stack ?? DEFAULT_STACK, profile)]);
  return () => {
    if (stack.status === 'rejected') throw stack.reason;
    return findPlace(where, stack.value);
  };
}

function placeOptions(values: Values) {
  const twilioApiUrl = textOf(values, 'twilio-api-url');
  if (twilioApiUrl !== undefined && !/^https?:\/\/[^/]+\/?$/.test(twilioApiUrl)) {
    throw new Problem('--twilio-api-url must be a URL such as https://api.dublin.ie1.twilio.com.', EXIT.usage);
  }
  return {
    stack: textOf(values, 'stack'),
    outputs: textOf(values, 'outputs'),
    local: textOf(values, 'local'),
    twilioApiUrl,
  };
}
