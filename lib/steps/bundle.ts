/** The code of a step as Lambda gets it: one file, made by esbuild on this machine, or lying ready in the package; without Docker. */
import { cpSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { Step } from '../../lambdas/shared/contract/steps.ts';
import { LAMBDAS, writeBundle } from './write-bundle.ts';

/** In a package that was installed, the bundles lie here, by step: it holds no esbuild. */
export const READY_BUNDLES = join(import.meta.dirname, '..', '..', 'dist', 'bundles');

/**
 * The asset of a step's function. Its hash is that of its content, so that only a step whose code changed is deployed.
 *
 * @param lambdas - folder that holds the steps' folders
 * @param files - to lie beside the code, by name
 * @throws Error when the step has no `index.ts`, or with esbuild's messages when it cannot be bundled
 */
export function bundle(step: Step, lambdas: string, files: { readonly [name: string]: Uint8Array }): Code {
  const { folder, write } = sourceOf(step, lambdas);
  return Code.fromAsset(folder, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // CDK wants an image even where it is never used: bundling on this machine either succeeds or throws.
      image: DockerImage.fromRegistry('docker-is-not-used'),
      local: {
        tryBundle(output) {
          write(output);
          for (const [name, content] of Object.entries(files)) writeFileSync(join(output, name), content);
          return true;
        },
      },
    },
  });
}

interface Source {
  readonly folder: string;
  readonly write: (output: string) => void;
}

function sourceOf(step: Step, lambdas: string): Source {
  const folder = join(lambdas, step);
  const entry = join(folder, 'index.ts');
  if (existsSync(entry)) return { folder, write: (output) => void writeBundle(entry, output) };
  const ready = join(READY_BUNDLES, step);
  if (lambdas === LAMBDAS && existsSync(ready)) {
    return { folder: ready, write: (output) => cpSync(ready, output, { recursive: true }) };
  }
  throw new Error(`the step ${step} has no ${entry}; write it, exporting "handler"`);
}
