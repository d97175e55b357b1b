/** Makes the code of a step by esbuild, which is asked for only where no bundle lies ready. */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const REPOSITORY = join(import.meta.dirname, '..', '..');

/** Where the steps' folders are, each with an `index.ts` that exports `handler`. */
export const LAMBDAS = join(REPOSITORY, 'lambdas');

/**
 * Writes `index.js`, and the file that says what it is, into the folder `output`.
 *
 * @returns the files that the bundle is made of, relative to the repository
 * @throws Error with esbuild's messages when it cannot be bundled
 */
export function writeBundle(entry: string, output: string): readonly string[] {
  const { buildSync }: typeof import('esbuild') = createRequire(import.meta.filename)('esbuild');
  const { warnings, metafile } = buildSync({
    entryPoints: [entry],
    outfile: join(output, 'index.js'),
    // Names inside the bundle are relative to it: the same code gives the same bytes on every machine.
    absWorkingDir: REPOSITORY,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    // Two thirds of the size that the default order gives: ECMAScript modules can be shaken.
    mainFields: ['module', 'main'],
    // Without the SDK's search for credentials in places that Lambda does not have.
    alias: { '@aws-sdk/credential-provider-node': join(LAMBDAS, 'shared', 'lambda-credentials.ts') },
    minify: true,
    legalComments: 'none',
    // A CommonJS bundle has no `import.meta`; files beside the code are found by its folder.
    define: { 'import.meta.dirname': '__dirname' },
    logLevel: 'silent',
    metafile: true,
  });
  if (warnings.length > 0) {
    throw new Error(`esbuild warns about ${entry}: ${warnings.map((warning) => warning.text).join('; ')}`);
  }
  // Whatever package the folder lies in when it runs on one machine, its code stays CommonJS.
  writeFileSync(join(output, 'package.json'), '{"type":"commonjs"}\n');
  return Object.keys(metafile.inputs);
}
