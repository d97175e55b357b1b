/**
 * Writes sbom.cdx.json, the bill of materials in CycloneDX: every package that is not for development alone, and in which
 * functions it is deployed. Another file can be named.
 *
 *     npm run sbom
 *
 * `npm sbom` makes the list. Its own `--omit dev` is of no use: it leaves out what any development dependency uses too, such as
 * the client of S3.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { STEPS, type Step } from '../lambdas/shared/contract/steps.ts';
import { LAMBDAS, writeBundle } from '../lib/steps/write-bundle.ts';

const ROOT = join(import.meta.dirname, '..');

interface Property {
  readonly name: string;
  readonly value: string;
}
interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly properties?: readonly Property[];
}
interface Bill {
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/** What `npm sbom` says of the lock file. */
function billOfAll(): Bill {
  const options = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
  const npm = process.env.npm_execpath;
  const [program, parameters] = npm === undefined ? ['npm', options] : [process.execPath, [npm, ...options]];
  const maxBuffer = 64 * 1024 * 1024;
  return JSON.parse(
    execFileSync(program, parameters, { cwd: ROOT, encoding: 'utf8', maxBuffer, stdio: ['ignore', 'pipe', 'pipe'] }),
  );
}

/** The steps that each package is deployed with, by `name@version`. */
function stepsOfPackages(): ReadonlyMap<string, readonly Step[]> {
  const folder = mkdtempSync(join(tmpdir(), 'call-recorder-sbom-'));
  const found = new Map<string, Set<Step>>();
  try {
    for (const step of STEPS) {
      const output = join(folder, step);
      mkdirSync(output);
      for (const file of writeBundle(join(LAMBDAS, step, 'index.ts'), output)) {
        const [, packageFolder] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file) ?? [];
        if (packageFolder === undefined) continue;
        const { name, version } = manifestOf(packageFolder);
        const key = `${name}@${version}`;
        found.set(key, (found.get(key) ?? new Set()).add(step));
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return new Map([...found].map(([key, steps]) => [key, [...steps]]));
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly peerDependencies?: { readonly [name: string]: string };
}

function manifestOf(packageFolder: string): Manifest {
  return JSON.parse(readFileSync(join(ROOT, packageFolder, 'package.json'), 'utf8'));
}

const LOCKED: { readonly [path: string]: { readonly version?: string; readonly devOptional?: boolean } } = JSON.parse(
  readFileSync(join(ROOT, 'package-lock.json'), 'utf8'),
).packages;

/** Development packages, those included that a deployed package would use if they were there, as valibot the compiler. */
const isForDevelopment = ({ name, version, properties = [] }: Component): boolean =>
  properties.some((property) => property.name === 'cdx:npm:package:development') ||
  Object.entries(LOCKED).some(
    ([path, locked]) => locked.devOptional && path.endsWith(`node_modules/${name}`) && locked.version === version,
  );

/** The CDK and what it needs: a peer of the package, though a development dependency here, and what deploys. */
function refsOfPeers({ components, dependencies }: Bill): ReadonlySet<string> {
  const { peerDependencies = {} } = manifestOf('.');
  const found = new Set<string>();
  const next = components.filter(({ name }) => name in peerDependencies).map((component) => component['bom-ref']);
  for (let ref = next.pop(); ref !== undefined; ref = next.pop()) {
    if (found.has(ref)) continue;
    found.add(ref);
    next.push(...(dependencies.find((one) => one.ref === ref)?.dependsOn ?? []));
  }
  return found;
}

/** @throws Error where a function holds a package that the lock file calls one for development */
function main(file: string): void {
  const all = billOfAll();
  const deployed = stepsOfPackages();
  const peers = refsOfPeers(all);
  const components = all.components
    .filter((component) => peers.has(component['bom-ref']) || !isForDevelopment(component))
    .map((component) => {
      const steps = deployed.get(`${component.name}@${component.version}`);
      const properties = steps?.map((value) => ({ name: 'call-recorder:deployed-with', value })) ?? [];
      // What no function holds serves `cdk deploy` and the operator's commands.
      return {
        ...component,
        scope: steps ? 'required' : 'optional',
        properties: [...(component.properties ?? []), ...properties],
      };
    });
  const listed = new Set(components.map(({ name, version }) => `${name}@${version}`));
  const missing = [...deployed.keys()].filter((key) => !listed.has(key));
  if (missing.length > 0) {
    throw new Error(
      `Deployed, but listed among the devDependencies: ${missing.join(', ')}. Move them to "dependencies".`,
    );
  }
  const refs = new Set(['', ...components.map((component) => component['bom-ref'])]);
  const dependencies = all.dependencies
    .filter(({ ref }) => refs.has(ref) || ref.startsWith('call-recorder@'))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => refs.has(other)) }));
  writeFileSync(file, `${JSON.stringify({ ...all, components, dependencies }, undefined, 2)}\n`);
  const count = components.filter(({ scope }) => scope === 'required').length;
  console.log(`${file}: ${components.length} packages, ${count} of them deployed with functions.`);
}

main(process.argv[2] ?? join(ROOT, 'sbom.cdx.json'));
