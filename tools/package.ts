/**
 * Makes `dist/`, which is what a package holds beside the sources that it reads: run by `npm pack`.
 *
 *     npm pack        writes call-recorder-<version>.tgz
 *
 * A CDK app that installs the package needs no compiler: the construct is CommonJS with types, and the functions' bundles and the console's
 * page lie ready.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from './package/compile.ts';

const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');

rmSync(DIST, { recursive: true, force: true });
await compile(ROOT, DIST);
