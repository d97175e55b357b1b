/**
 * The owner's configuration: read, checked, and completed with defaults.
 *
 * It is read from `call-recorder.config.json` at the root of the repository; another file can be named by
 * `cdk deploy --context config=other.json`. Every option has a default, so no file is needed to begin with.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { collect, isObject } from './checks.ts';
import { conflictsOf } from './conflicts.ts';
import type { CallRecorderConfiguration } from './options.ts';
import { SCHEMA } from './schema.ts';

export { DEFAULT_DISCLAIMER } from '../steps/disclaimer.ts';

/** What is used for options that the file leaves out. */
export const DEFAULT_CONFIGURATION = Object.fromEntries(
  Object.entries(SCHEMA).flatMap(([name, option]) => (option.default === undefined ? [] : [[name, option.default]])),
  // The schema has a default for each option that a configuration always has.
) as unknown as CallRecorderConfiguration;

/** All that is wrong with a configuration, one problem a line, each with what to do. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly problems: readonly string[];

  constructor(file: string, problems: readonly string[]) {
    const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
    super(`${file} has ${count}:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/**
 * Checks what was parsed from a configuration file and fills in the defaults.
 *
 * @param file - how messages name the file
 * @param directory - where relative paths start. Default: the file's folder
 * @throws {@link ConfigurationError} with every problem there is
 */
export function checkConfiguration(
  value: unknown,
  file: string,
  directory: string = dirname(resolve(file)),
): CallRecorderConfiguration {
  if (!isObject(value)) throw new ConfigurationError(file, ['it must hold one JSON object: {"stage": "prod", …}']);
  // A relative path starts at the folder of the file.
  const given = {
    ...value,
    ...('disclaimer' in value && { disclaimer: resolved(value.disclaimer, directory) }),
    ...(isObject(value.disclaimers) && {
      disclaimers: Object.fromEntries(
        Object.entries(value.disclaimers).map(([name, file]) => [name, resolved(file, directory)]),
      ),
    }),
  };
  const { checked, problems, wrong } = collect<CallRecorderConfiguration>(given, SCHEMA);
  const configuration = { ...DEFAULT_CONFIGURATION, ...checked };
  const all = [...problems, ...conflictsOf(configuration, wrong)];
  if (all.length > 0) throw new ConfigurationError(file, all);
  return configuration;
}

const resolved = (path: unknown, directory: string): unknown =>
  typeof path === 'string' ? resolve(directory, path) : path;

/**
 * Reads and checks the configuration file.
 *
 * @param file - path of the file
 * @param required - whether the absence of the file is a problem; without it the defaults are used
 * @throws {@link ConfigurationError} with every problem there is
 */
export function readConfiguration(file: string, required: boolean): CallRecorderConfiguration {
  if (!existsSync(file)) {
    if (!required) return DEFAULT_CONFIGURATION;
    throw new ConfigurationError(file, ['there is no such file; correct the path given as --context config=…']);
  }
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ConfigurationError(file, [`it is not JSON: ${error instanceof Error ? error.message : String(error)}`]);
  }
  return checkConfiguration(value, file);
}

/** Base of Twilio's REST API. Source of its form: https://www.twilio.com/docs/global-infrastructure/using-the-twilio-rest-api-in-a-non-us-region */
export function twilioApiUrl({ twilioRegion, twilioEdge }: CallRecorderConfiguration): string {
  return twilioRegion === undefined || twilioEdge === undefined
    ? 'https://api.twilio.com'
    : `https://api.${twilioEdge}.${twilioRegion}.twilio.com`;
}
