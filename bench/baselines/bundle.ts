import { join } from 'node:path';
import { build } from 'esbuild';

/** A baseline's bundle as esbuild makes it by default, minified. */
export async function bundleBaseline(name: string, directory: string): Promise<string> {
  const outfile = join(directory, `${name}.js`);
  await build({
    entryPoints: [join(import.meta.dirname, `${name}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    minify: true,
    logLevel: 'error',
  });
  return outfile;
}
