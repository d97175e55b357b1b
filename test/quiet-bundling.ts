/** The CDK tells of each asset that it bundles, hundreds of times in a run of all tests: lines that would hide those that matter. */
const { stderr } = process;
const write = stderr.write.bind(stderr) as (...given: unknown[]) => boolean;

stderr.write = (...given: unknown[]) => /^Bundling asset \S+\.\.\.\n$/.test(String(given[0])) || write(...given);
