/** Runs after all test files. Jest loads it apart from `global-setup.ts`, which is why it finds its work in `globalThis`. */
export default async function tearDown(): Promise<void> {
  await (globalThis as unknown as { endOfTestRun(): Promise<void> }).endOfTestRun();
}
