/** The lock file serves every platform, and names no registry. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly optionalDependencies?: { readonly [name: string]: string };
}
const lock: { readonly packages: { readonly [path: string]: Locked } } = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', 'package-lock.json'), 'utf8'),
);
const packages = Object.entries(lock.packages).filter(([path]) => path !== '');

test('every package has a version and no address', () => {
  expect(packages.filter(([, { version, resolved }]) => version === undefined || resolved !== undefined)).toEqual([]);
});

/** npm drops what a registry does not serve; `npm ci` then refuses the lock file, and other platforms lack their binaries. */
test('the binaries of all platforms are locked', () => {
  const missing = packages.flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) =>
        !packages.some(([other]) => other === `node_modules/${name}` || other === `${path}/node_modules/${name}`),
    ),
  );
  expect(missing).toEqual([]);
});
