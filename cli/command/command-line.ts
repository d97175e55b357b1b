/** The command line: which command, its options, its operands; and what somebody meant who typed a command that does not exist. */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { DEFAULT_LOCAL } from '../place/place.ts';
import type { Command, OptionHelp, Values } from './command.ts';
import { COMMON, commandHelp, optionsOf, overview } from './help.ts';
import { codeOf, described, EXIT, Problem, RECORDER, shellQuoted } from './problem.ts';

export type ParsedCommandLine =
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'version' }
  | {
      readonly kind: 'run';
      readonly command: Command;
      readonly values: Values;
      readonly positionals: readonly string[];
    };

/** @throws {Problem} with exit code 2 where the command line is wrong. */
export async function parseCommandLine(
  commands: readonly Command[],
  given: readonly string[],
): Promise<ParsedCommandLine> {
  const args = withNegativeNumbers(withLocalDirectory(given));
  const found = findCommand(commands, args);
  if (!found) return withoutCommand(commands, given, args);
  const { command, rest } = found;
  const { values, positionals } = parse(command, rest);
  if (values.help === true) return { kind: 'help', text: commandHelp(command) };
  if (values.version === true) return { kind: 'version' };
  checkOperands(command, positionals);
  return { kind: 'run', command, values, positionals };
}

const wrong = (message: string) => new Problem(message, EXIT.usage);
const seeHelp = (command?: Command): string =>
  `See "${RECORDER} ${command === undefined ? '' : `${command.name} `}--help".`;

/** `--local` may stand alone: what follows it is a directory if it has a slash or begins with a point. */
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

/** Node takes `-5` in `--limit -5` for an option; the check of `--limit` has the better message. */
function withNegativeNumbers(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const before = joined.at(-1);
    if (/^-\d/.test(arg) && before !== undefined && /^--[^=]+$/.test(before)) joined.splice(-1, 1, `${before}=${arg}`);
    else joined.push(arg);
  }
  return joined;
}

/** Nothing but options, each with its value, may stand before the words of the command's name. */
function findCommand(commands: readonly Command[], args: readonly string[]) {
  for (const [start] of args.entries()) {
    for (const command of commands) {
      const words = command.name.split(' ');
      if (!words.every((word, index) => args[start + index] === word)) continue;
      const before = args.slice(0, start);
      if (hasOnlyOptions(before, optionsOf(command))) {
        return { command, rest: [...before, ...args.slice(start + words.length)] };
      }
    }
  }
  return undefined;
}

function hasOnlyOptions(args: readonly string[], options: ReturnType<typeof optionsOf>): boolean {
  const { tokens } = parseArgs({ args, options: forNode(options), strict: false, tokens: true });
  return tokens.every(
    (token) => token.kind === 'option' && (options[token.name]?.type !== 'string' || token.value !== undefined),
  );
}

const forNode = (options: { readonly [name: string]: OptionHelp }): ParseArgsOptionsConfig =>
  Object.fromEntries(
    Object.entries(options).map(([name, { type, short }]) => [name, { type, ...(short !== undefined && { short }) }]),
  );

async function withoutCommand(
  commands: readonly Command[],
  given: readonly string[],
  args: readonly string[],
): Promise<ParsedCommandLine> {
  const options = forNode(COMMON);
  const { values, positionals } = parseArgs({ args, options, strict: false, allowPositionals: true });
  const words = positionals.filter((word) => word !== 'help');
  const [group] = words;
  const ofGroup = commands.filter(({ name }) => name.split(' ')[0] === group);
  if (values.version === true) return { kind: 'version' };
  if (words.length === 0) {
    const unknown = Object.keys(values).find((name) => options[name] === undefined);
    if (unknown === undefined) return { kind: 'help', text: overview(commands) };
    throw wrong(`Unknown option --${unknown}. ${seeHelp()}`);
  }
  if (words.length === 1 && ofGroup.length > 0 && values.help === true) {
    return { kind: 'help', text: overview(ofGroup) };
  }
  const near = await nearest(commands, given);
  const known = ofGroup.length > 0 ? `${group} knows: ${ofGroup.map(({ name }) => name).join(', ')}. ` : '';
  const suggestion = near === undefined ? known : `Did you mean "${RECORDER} ${near}"? `;
  throw wrong(`There is no command "${words.join(' ')}". ${suggestion}${seeHelp()}`);
}

/** Letters that may be wrong: two, for an exchange of neighbours is two, and more in long names. */
const tolerance = (name: string): number => Math.max(2, Math.floor(name.length / 4));

/** @returns the arguments with the nearest command instead, ready to paste; nothing where no name is near */
async function nearest(commands: readonly Command[], args: readonly string[]): Promise<string | undefined> {
  const { distance } = await import('fastest-levenshtein');
  const start = args.findIndex((arg) => !arg.startsWith('-'));
  const candidates = commands.map(({ name }) => {
    const words = name.split(' ').length;
    const typed = args.slice(start, start + words).join(' ');
    return { name, words, letters: distance(typed, name) };
  });
  const [best] = candidates.sort((one, other) => one.letters - other.letters);
  if (best === undefined || best.letters > tolerance(best.name)) return undefined;
  return [...args.slice(0, start).map(shellQuoted), best.name, ...args.slice(start + best.words).map(shellQuoted)].join(
    ' ',
  );
}

function parse(command: Command, args: readonly string[]): { values: Values; positionals: readonly string[] } {
  const options = optionsOf(command);
  try {
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options: forNode(options) });
    return { values: values as Values, positionals };
  } catch (error) {
    const { message } = described(error);
    const [, name = ''] = /--([a-z-]+)/.exec(message) ?? [];
    const value = options[name]?.value;
    if (codeOf(error) === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE' && value !== undefined) {
      throw wrong(`--${name} needs a value: --${name}=${value}. ${seeHelp(command)}`);
    }
    const [said = ''] = message.split('. To specify');
    throw wrong(`${said.replace(/\.$/, '')}. ${seeHelp(command)}`);
  }
}

function checkOperands(command: Command, given: readonly string[]): void {
  const { name, operands } = command;
  const missing = operands.filter(({ required }, index) => required && given[index] === undefined);
  if (missing.length > 0) {
    throw wrong(`${name} needs ${missing.map((operand) => operand.name).join(' and ')}. ${seeHelp(command)}`);
  }
  if (given.length > operands.length) {
    throw wrong(
      `${name} does not know what to do with "${given.slice(operands.length).join(' ')}". ${seeHelp(command)}`,
    );
  }
  for (const [index, text] of given.entries()) {
    const problem = operands[index]?.check(text);
    if (problem !== undefined) throw wrong(`"${text}" is no ${operands[index]?.name}: ${problem} ${seeHelp(command)}`);
  }
}
