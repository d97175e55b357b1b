/** The command line: which command, its options, its help. */
import { parseArgs } from 'node:util';
import { DEFAULT_LOCAL, DEFAULT_OUTPUTS, DEFAULT_STACK } from '../place/place.ts';
import { type Command, EXIT, type OptionHelp, Problem, type Values } from './command.ts';
import { described } from './explain.ts';

const CALL = 'npm run recorder --';

/** Options of every command. */
const COMMON: { readonly [name: string]: OptionHelp } = {
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
  help: { type: 'boolean', help: 'shows this' },
};
const DRY_RUN: OptionHelp = { type: 'boolean', help: 'changes nothing, says what would be changed' };

export type ParsedCommandLine =
  | { readonly kind: 'help'; readonly text: string }
  | {
      readonly kind: 'run';
      readonly command: Command;
      readonly values: Values;
      readonly positionals: readonly string[];
    };

/** @throws {Problem} with exit code 2 where the command line is wrong. */
export function parseCommandLine(commands: readonly Command[], given: readonly string[]): ParsedCommandLine {
  const args = withLocalDirectory(given);
  const { command, rest } = findCommand(commands, args);
  if (!command) {
    const asked = args.filter((arg) => arg !== '--help' && arg !== '--json' && arg !== 'help');
    const [group] = asked;
    const ofGroup = commands.filter(({ name }) => name.split(' ')[0] === group);
    if (asked.length === 0 || (asked.length === 1 && ofGroup.length > 0 && args.includes('--help'))) {
      return { kind: 'help', text: overview(asked.length === 0 ? commands : ofGroup) };
    }
    const near = ofGroup.length > 0 ? `${group} knows: ${ofGroup.map(({ name }) => name).join(', ')}. ` : '';
    throw wrong(`There is no command "${asked.join(' ')}". ${near}See ${CALL} --help.`);
  }
  const options = optionsOf(command);
  let parsed: { values: Values; positionals: readonly string[] };
  try {
    const { values, positionals } = parseArgs({
      args: rest,
      allowPositionals: true,
      options: Object.fromEntries(Object.entries(options).map(([name, { type }]) => [name, { type }])),
    });
    parsed = { values: values as Values, positionals };
  } catch (error) {
    const [said = ''] = described(error).message.split('. To specify');
    throw wrong(`${said.replace(/\.$/, '')}. See ${CALL} ${command.name} --help.`);
  }
  if (parsed.values.help === true) return { kind: 'help', text: helpOf(command) };
  checkOperands(command, parsed.positionals);
  return { kind: 'run', command, ...parsed };
}

const wrong = (message: string) => new Problem(message, EXIT.usage);

const optionsOf = ({ options, changes }: Command): { readonly [name: string]: OptionHelp } => ({
  ...options,
  ...(changes && { 'dry-run': DRY_RUN }),
  ...COMMON,
});

/** `--local` may stand alone; a directory behind it is told by its slash or its leading point. */
function withLocalDirectory(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? '';
    if (arg !== '--local') {
      joined.push(arg);
      continue;
    }
    const next = args[index + 1];
    const isDirectory = next !== undefined && !next.startsWith('-') && (next.startsWith('.') || next.includes('/'));
    joined.push(`--local=${isDirectory ? next : DEFAULT_LOCAL}`);
    if (isDirectory) index += 1;
  }
  return joined;
}

/** The words of a command's name stand first, apart from options that stand before them. */
function findCommand(commands: readonly Command[], args: readonly string[]) {
  for (const command of commands) {
    const words = command.name.split(' ');
    if (words.every((word, index) => args[index] === word)) return { command, rest: args.slice(words.length) };
  }
  return { command: undefined, rest: [] };
}

function checkOperands({ name, operands }: Command, given: readonly string[]): void {
  const seeHelp = `See ${CALL} ${name} --help.`;
  const missing = operands.filter(({ required }, index) => required && given[index] === undefined);
  if (missing.length > 0) {
    throw wrong(`${name} needs ${missing.map((operand) => operand.name).join(' and ')}. ${seeHelp}`);
  }
  if (given.length > operands.length) {
    throw wrong(`${name} does not know what to do with "${given.slice(operands.length).join(' ')}". ${seeHelp}`);
  }
  for (const [index, text] of given.entries()) {
    const problem = operands[index]?.check(text);
    if (problem !== undefined) throw wrong(`"${text}" is no ${operands[index]?.name}: ${problem} ${seeHelp}`);
  }
}

function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map((command) => signature(command).length));
  const lines = commands.map((command) => `  ${signature(command).padEnd(width)}  ${command.summary}`);
  return `The operator's commands of the call recorder.

  ${CALL} <command> [options]

${lines.join('\n')}

${CALL} <command> --help tells more of each. Options of all commands:

${describe(COMMON)}

Exit codes: 0 done and in order, 1 a check failed or something was not found, 2 the command line is wrong.`;
}

function helpOf(command: Command): string {
  const own = { ...command.options, ...(command.changes && { 'dry-run': DRY_RUN }) };
  const ownOptions = Object.keys(own).length > 0 ? `${describe(own)}\n\n` : '';
  return `${command.summary}

  ${CALL} ${signature(command)} [options]

${command.help}

${ownOptions}${describe(COMMON)}`;
}

const signature = ({ name, operands }: Command): string =>
  [name, ...operands.map((operand) => (operand.required ? operand.name : `[${operand.name}]`))].join(' ');

function describe(options: { readonly [name: string]: OptionHelp }): string {
  const lines = Object.entries(options).map(([name, { value, help }]) => {
    const option = name === 'local' ? '--local[=DIR]' : `--${name}${value === undefined ? '' : ` ${value}`}`;
    return [option, help] as const;
  });
  const width = Math.max(...lines.map(([option]) => option.length));
  return lines.map(([option, help]) => `  ${option.padEnd(width)}  ${help}`).join('\n');
}
