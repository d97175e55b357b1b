/** Properties with a fixed seed: a run fails on every machine or on none. `FAST_CHECK_SEED` tries another one. */
import * as fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env.FAST_CHECK_SEED ?? 20_260_301) });

export { fc };
