/** `npm run simulate -- --load`: reads what is to be run, and says what came of it. */
import { START_BY, type StartBy } from '../../../lambdas/shared/contract/settings.ts';
import { ASSUMPTIONS, QUOTAS } from './assumptions.ts';
import { runLoad } from './load.ts';
import { loadLines } from './load-report.ts';

/** As they are given on the command line. */
export interface LoadArguments {
  readonly load: string;
  readonly hours?: string | undefined;
  readonly 'start-by'?: string | undefined;
  readonly set?: readonly string[] | undefined;
}

/** @returns the exit code: 1 where something is lost, or a backlog grows. */
export function reportLoad(given: LoadArguments, seed: number, print: (line: string) => void): number {
  const problem = (text: string) => {
    print(`${text} See --help.`);
    return 2;
  };
  const [calls, hours] = [Number(given.load), given.hours === undefined ? undefined : Number(given.hours)];
  if (!Number.isInteger(calls) || calls < 1) return problem('--load takes a whole number of calls, such as 1000000.');
  if (hours !== undefined && !(hours > 0 && hours <= 24)) return problem('--hours takes up to 24 hours.');
  const startBy = given['start-by'] ?? 'stream';
  if (!isStartBy(startBy)) return problem(`--start-by takes ${START_BY.join(' or ')}.`);
  const [quotas, assumptions] = [{ ...QUOTAS }, { ...ASSUMPTIONS }];
  for (const setting of given.set ?? []) {
    const [, name = '', value] = /^(\w+)=(\d+(?:\.\d+)?)$/.exec(setting) ?? [];
    const changed = [quotas, assumptions].find((one) => Object.hasOwn(one, name));
    if (!changed)
      return problem(`--set takes NAME=NUMBER, of ${Object.keys({ ...quotas, ...assumptions }).join(', ')}.`);
    Object.assign(changed, { [name]: Number(value) });
  }
  const report = runLoad({ calls, seed, quotas, assumptions, startBy, ...(hours !== undefined && { hours }) });
  for (const line of loadLines(report, { quotas, assumptions, startBy })) print(line);
  return report.callsAtRisk === 0 && Object.keys(report.growing).length === 0 ? 0 : 1;
}

const isStartBy = (value: string): value is StartBy => (START_BY as readonly string[]).includes(value);
