/** The help: of all commands, and of each. */
import { DEFAULT_LOCAL, DEFAULT_OUTPUTS, DEFAULT_STACK } from '../place/place.ts';
import type { Command, OptionHelp } from './command.ts';
import { RECORDER } from './problem.ts';

type Options = { readonly [name: string]: OptionHelp };

/** Options of every command. */
export const COMMON: Options = {
  stack: { type: 'string', value: 'NAME', help: `the deployed stack (default ${DEFAULT_STACK})` },
  outputs: {
    type: 'string',
    value: 'FILE',
    help: `what "cdk deploy --outputs-file FILE" wrote (default ${DEFAULT_OUTPUTS}, or else CloudFormation is asked)`,
  },
  local: { type: 'string', value: 'DIR', help: `the local system instead; --local alone means ${DEFAULT_LOCAL}` },
  'twilio-api-url': {
    type: 'string',
    value: 'URL',
    help: "Twilio's REST API, where the stack's is not https://api.twilio.com",
  },
  json: { type: 'boolean', help: 'prints the result as JSON; problems too, as {"error": …}' },
  help: { type: 'boolean', short: 'h', help: 'shows this' },
  version: { type: 'boolean', help: 'shows the version' },
};
const DRY_RUN: OptionHelp = { type: 'boolean', help: 'changes nothing, says what would be changed' };

const ownOptionsOf = ({ options, changes }: Command): Options => ({
  ...options,
  ...(changes && { 'dry-run': DRY_RUN }),
});

export const optionsOf = (command: Command): Options => ({ ...ownOptionsOf(command), ...COMMON });

export function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map((command) => signature(command).length));
  const lines = commands.map((command) => `  ${signature(command).padEnd(width)}  ${command.summary}`);
  return `The operator's commands of the call recorder.

  ${RECORDER} <command> [options]

${lines.join('\n')}

${RECORDER} <command> --help tells more of each. Options of all commands:

${list(COMMON)}

Exit codes: 0 done and in order, 1 a check failed or something was not found, 2 the command line is wrong.`;
}

export function commandHelp(command: Command): string {
  const own = ownOptionsOf(command);
  const ownOptions = Object.keys(own).length > 0 ? `${list(own)}\n\n` : '';
  return `${command.summary}

  ${RECORDER} ${signature(command)} [options]

${command.help}

${ownOptions}${list(COMMON)}`;
}

const signature = ({ name, operands }: Command): string =>
  [name, ...operands.map((operand) => (operand.required ? operand.name : `[${operand.name}]`))].join(' ');

function list(options: Options): string {
  const lines = Object.entries(options).map(([name, { short, value, help }]) => {
    const option = name === 'local' ? '--local[=DIR]' : `--${name}${value === undefined ? '' : ` ${value}`}`;
    return [short === undefined ? option : `-${short}, ${option}`, help] as const;
  });
  const width = Math.max(...lines.map(([option]) => option.length));
  return lines.map(([option, help]) => `  ${option.padEnd(width)}  ${help}`).join('\n');
}
