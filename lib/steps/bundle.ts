/** The code of a step as Lambda gets it: one file, made by esbuild on this machine, without Docker. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';
import type { Step } from '../../lambdas/shared/contract/steps.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');

/** Where the steps' folders are, each with an `index.ts` that exports `handler`. */
export const LAMBDAS = join(REPOSITORY, 'lambdas');

/**
 * The asset of a step's function. Its hash is that of its content, so that only a step whose code changed is deployed.
 *
 * @param lambdas - folder that holds the steps' folders
 * @param files - to lie beside the code, by name
 * @throws Error when the step has no `index.ts`, or with esbuild's messages when it cannot be bundled
 */
export function bundle(step: Step, lambdas: string, files: { readonly [name: string]: Uint8Array }): Code {
  const folder = join(lambdas, step);
  if (!existsSync(join(folder, 'index.ts'))) {
    throw new Error(`the step ${step} has no ${join(folder, 'index.ts')}; write it, exporting "handler"`);
  }
  return Code.fromAsset(folder, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // CDK wants an image even where it is never used: bundling on this machine either succeeds or throws.
      image: DockerImage.fromRegistry('docker-is-not-used'),
      local: {
        tryBundle(output) {
          writeBundle(join(folder, 'index.ts'), output);
          for (const [name, content] of Object.entries(files)) writeFileSync(join(output, name), content);
          return true;
        },
      },
    },
  });
}

/**
 * Writes `index.js`, and the file that says what it is, into the folder `output`.
 *
 * @returns the files that the bundle is made of, relative to the repository
 */
export function writeBundle(entry: string, output: string): readonly string[] {
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
