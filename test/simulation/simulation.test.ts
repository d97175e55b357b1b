/** `npm test`'s share of the simulation; `npm run simulate` runs as much of it as one likes. */
import { RepositoryCopy } from '../mutants/copy.ts';
import { MUTANTS } from '../mutants/mutants.ts';
import { runHistory } from './history.ts';
import { runNode } from './run-node.ts';
import { MAIN, ROOT, simulate, simulateIn, summary } from './simulate.ts';

test('two hundred histories break nothing, and no kind of fault is left out', async () => {
  const { status, output } = await simulate('--histories', '200');
  expect(summary(output, 'violations')).toBe('none');
  expect(summary(output, 'histories')).toMatch(/^200 \(seeds 1 to 200\)/);
  expect(status).toBe(0);

  const [, pairs, hit] = /pairs of fault kind and site: (\d+); hit: (\d+)/.exec(output) ?? [];
  expect(Number(pairs)).toBeGreaterThan(300);
  expect(Number(hit) / Number(pairs)).toBeGreaterThan(0.85);
  const [, draws, drawn] = /^draws: (\d+); hit: (\d+)/m.exec(output) ?? [];
  expect(Number(drawn) / Number(draws)).toBeGreaterThan(0.9);
});

describe('a seed', () => {
  test('decides on everything that happens, however many threads there are', async () => {
    const run = async (...args: readonly string[]) =>
      summary((await runNode(ROOT, [MAIN, '--histories', '4', ...args])).output, 'trace hash');
    const [one, two, other] = [
      await run('--seed', '500', '--threads', '1'),
      await run('--seed', '500', '--threads', '2'),
      await run('--seed', '501', '--threads', '2'),
    ];
    expect(one).toMatch(/^[0-9a-f]{8}$/);
    expect(two).toBe(one);
    expect(other).not.toBe(one);
  });

  test('is told in full with --trace, the same each time', async () => {
    const trace = async () => {
      const lines: string[] = [];
      await runHistory({ seed: 42, trace: (line) => lines.push(line) });
      return lines;
    };
    const lines = await trace();
    expect(lines.length).toBeGreaterThan(50);
    expect(await trace()).toEqual(lines);
  });
});

describe('ownership that is guessed', () => {
  /** With the first seed, which is near one that finds it today. */
  const guesses: [string, number][] = [
    ["takes the list's source for a proof", 1],
    ["takes a callback's source for a proof", 16],
    ['takes an adopted recording for its own', 95],
  ];
  let copy: RepositoryCopy;
  beforeAll(() => {
    copy = new RepositoryCopy();
  });
  afterAll(() => copy.remove());

  test.each(guesses)('%s: is found within 300 histories', async (name, first) => {
    const mutant = MUTANTS.find((one) => one.name === name);
    if (!mutant) throw new Error(`There is no planted bug "${name}".`);
    const takeOut = copy.plant(mutant);
    const { status, output } = await runNode(copy.folder, ['test/mutants/hunt.ts', '300', String(first)]);
    takeOut();
    expect(status).toBe(1);
    expect(output).toMatch(/"invariant":"I13".*"where":"seed \d+"/);
  });
});

describe('a planted bug', () => {
  const mutant = MUTANTS.find(({ name }) => name === 'asks a second time without asking what became of the first');
  let copy: RepositoryCopy;
  beforeAll(() => {
    copy = new RepositoryCopy();
    if (mutant) copy.plant(mutant);
  });
  afterAll(() => copy.remove());

  test('is reported with its seed, shrunk to the faults that suffice, and told again by the printed command', async () => {
    expect(mutant).toBeDefined();
    const { status, output } = await simulateIn(copy.folder, '--histories', '20', '--seed', '60');
    expect(status).toBe(1);
    expect(summary(output, 'violations')).toMatch(/^in \d+ histories$/);

    const [report = ''] = output.split('\nSeed ').slice(1);
    expect(report).toMatch(/^\d+ fails; of its faults these suffice:\n/);
    const faults = report.split('\n').filter((line) => / at [\w-]+ [\w.-]+ #\d+$/.test(line));
    expect(faults.length).toBeGreaterThanOrEqual(1);
    expect(faults.length).toBeLessThanOrEqual(4);
    expect(report).toMatch(/I3 broken: CA[0-9a-f]{32} was started twice/);

    const [, seed = '', list = ''] = /--seed (\d+) --trace --faults '([^']+)'/.exec(report) ?? [];
    const again = await runNode(copy.folder, [MAIN, '--seed', seed, '--trace', '--faults', list]);
    expect(again.status).toBe(1);
    expect(again.output).toContain('was started twice');
    // The trace tells both requests, and the history is the same without the bug, but for its end.
    expect(again.output.match(/twilio\.start #\d+/g)?.length).toBeGreaterThanOrEqual(2);
    const healthy = await runNode(ROOT, [MAIN, '--seed', seed, '--faults', list]);
    expect(healthy.output).toContain('violations: none');
    expect(healthy.status).toBe(0);
  });
});
