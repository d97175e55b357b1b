/**
 * The order of the test files. Without times of an earlier run Jest goes by the size of a file, and would begin the longest ones last,
 * with the other processors idle.
 */

/** A test file, as far as it matters here. */
interface Test {
  readonly path: string;
}

/** Those that run for longer than twenty seconds, the longest first. */
const LONGEST = [
  'simulation/simulation',
  'wiring/wiring',
  'console/views',
  'local/chaos/chaos',
  'local/calls/calls',
  'local/calls/canary',
  'lib/configuration/options',
  'lib/examples',
  'cli/system',
  'local/watch/once',
  'cli/report/report',
  'simulation/load/load',
  'backfill/backfill',
  'cli/stack',
  'local/calls/rotation',
  'local/first-sight',
  'local/calls/mp3',
  'local/calls/by-twiml',
  'console/theatre',
  'console/listen',
];

const placeOf = ({ path }: Test): number => {
  const place = LONGEST.findIndex((name) => path.replaceAll('\\', '/').endsWith(`test/${name}.test.ts`));
  return place < 0 ? LONGEST.length : place;
};

export default class Sequencer {
  sort(tests: readonly Test[]): readonly Test[] {
    return [...tests].sort((a, b) => placeOf(a) - placeOf(b) || (a.path < b.path ? -1 : 1));
  }

  /** Nothing is remembered of an earlier run: any test may have failed in it. */
  allFailedTests(tests: readonly Test[]): readonly Test[] {
    return this.sort(tests);
  }

  cacheResults(): void {
    // A fresh clone has no results either: every run begins the same way.
  }
}
