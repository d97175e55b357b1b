/** Runs one command: from the command line to the exit code. */

import { DEFAULT_STACK, findPlace, isDescribed, type Place } from '../place/place.ts';
import { describeStack } from '../place/stack-outputs.ts';
import { type Command, EXIT, type ExitCode, Problem, textOf, type Values } from './command.ts';
import { parseCommandLine } from './command-line.ts';
import { explain } from './explain.ts';
import type { Terminal } from './terminal.ts';

export interface RecorderOptions {
  /** What stands behind `recorder`. */
  readonly args: readonly string[];
  readonly commands: readonly Command[];
  readonly terminal: Terminal;
  readonly environment: { readonly [name: string]: string | undefined };
  readonly now: () => number;
}

/** Prints the result, or what is wrong and what to do. Never throws. */
export async function runRecorder(options: RecorderOptions): Promise<ExitCode> {
  const { args, commands, terminal } = options;
  const asJson = args.includes('--json');
  let place: Place | undefined;
  try {
    const parsed = parseCommandLine(commands, args);
    if (parsed.kind === 'help') {
      terminal.out.write(`${parsed.text}\n`);
      return EXIT.ok;
    }
    const { command, values, positionals } = parsed;
    const where = placeOptions(values);
    // Asked beforehand, told when the command wants to know: a wrong command line is told first.
    const [stack] = await Promise.allSettled(isDescribed(where) ? [describeStack(where.stack ?? DEFAULT_STACK)] : []);
    const result = await command.run({
      ...{ values, positionals, terminal },
      environment: options.environment,
      now: options.now,
      dryRun: values['dry-run'] === true,
      place: () => {
        if (stack?.status === 'rejected') throw stack.reason;
        place ??= findPlace(where, stack?.value);
        return place;
      },
    });
    terminal.out.write(`${asJson ? JSON.stringify(result.json, null, 2) : result.text}\n`);
    return result.exit;
  } catch (error) {
    const problem = error instanceof Problem ? error : explain(error, place);
    if (asJson) terminal.out.write(`${JSON.stringify({ error: problem.message }, null, 2)}\n`);
    else terminal.err.write(`${problem.message}\n`);
    return problem.exit;
  }
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
