/**
 * Writes docs/api from the docstrings of the public entry, lib/index.ts; with `--check` it only says whether docs/api is up to date.
 *
 *     npm run api-docs
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Extractor, ExtractorConfig, ExtractorLogLevel, type ExtractorMessage } from '@microsoft/api-extractor';

const ROOT = join(import.meta.dirname, '..');
const DOCS = join(ROOT, 'docs', 'api');
const MODULES = join(ROOT, 'node_modules');

/** Runs a program of a development dependency; what it prints appears only when it fails. */
function run(program: readonly [string, ...string[]], ...options: readonly string[]): void {
  execFileSync(process.execPath, [join(MODULES, ...program), ...options], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Declarations of the public entry and all that it is made of. */
function writeDeclarations(folder: string): void {
  const configuration = join(folder, 'tsconfig.json');
  const compilerOptions = {
    ...{ noEmit: false, declaration: true, emitDeclarationOnly: true },
    ...{ outDir: join(folder, 'types'), rootDir: ROOT },
    ...{ types: ['node'], typeRoots: [join(MODULES, '@types')] },
  };
  const files = [join(ROOT, 'lib', 'index.ts')];
  const project = { extends: join(ROOT, 'tsconfig.json'), compilerOptions, include: [], files };
  writeFileSync(configuration, JSON.stringify(project));
  run(['typescript', 'bin', 'tsc'], '--project', configuration);
}

/** The model of the API, which the documenter reads. @throws Error with what is undocumented or exported by half */
function writeModel(folder: string): string {
  const entry = join(folder, 'types', 'lib', 'index.d.ts');
  const model = join(folder, 'model');
  mkdirSync(model);
  const reported: string[] = [];
  const { succeeded } = Extractor.invoke(
    ExtractorConfig.prepare({
      configObjectFullPath: undefined,
      packageJsonFullPath: join(ROOT, 'package.json'),
      configObject: {
        projectFolder: ROOT,
        mainEntryPointFilePath: entry,
        compiler: { overrideTsconfig: { compilerOptions: COMPILER_OPTIONS, files: [entry] } },
        apiReport: { enabled: false },
        dtsRollup: { enabled: false },
        tsdocMetadata: { enabled: false },
        docModel: { enabled: true, apiJsonFilePath: join(model, 'call-recorder.api.json') },
        messages: {
          extractorMessageReporting: {
            default: { logLevel: ExtractorLogLevel.Warning },
            // All of it is public: there is no other kind here to tell it from.
            'ae-missing-release-tag': { logLevel: ExtractorLogLevel.None },
          },
          tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.Warning } },
          compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Warning } },
        },
      },
    }),
    {
      localBuild: true,
      messageCallback(message: ExtractorMessage) {
        if (message.logLevel === 'warning' || message.logLevel === 'error') {
          reported.push(`${message.sourceFilePath ?? ''}:${message.sourceFileLine ?? ''} ${message.text}`);
        }
        message.handled = true;
      },
    },
  );
  if (!succeeded || reported.length > 0) {
    throw new Error(
      `The public entry cannot be documented as it is:\n${reported.map((line) => `  ${line}`).join('\n')}`,
    );
  }
  return model;
}

const COMPILER_OPTIONS = {
  target: 'es2022',
  lib: ['es2022'],
  module: 'nodenext',
  moduleResolution: 'nodenext',
  allowImportingTsExtensions: true,
  noEmit: true,
  strict: true,
  skipLibCheck: true,
  types: ['node'],
};

/** Each file of a folder, by name. */
function contentsOf(folder: string): ReadonlyMap<string, string> {
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

function differences(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): readonly string[] {
  return [...new Set([...before.keys(), ...now.keys()])].filter((name) => before.get(name) !== now.get(name)).sort();
}

function main(): void {
  // Away from the repository's packages, whose types are shown by their names alone: to read them takes longer than all the rest.
  const folder = mkdtempSync(join(tmpdir(), 'call-recorder-api-docs-'));
  try {
    writeDeclarations(folder);
    const model = writeModel(folder);
    const check = process.argv.includes('--check');
    const output = check ? join(folder, 'docs') : DOCS;
    if (!check) rmSync(DOCS, { recursive: true, force: true });
    run(['@microsoft', 'api-documenter', 'bin', 'api-documenter'], 'markdown', '-i', model, '-o', output);
    if (!check) return;
    const changed = differences(contentsOf(DOCS), contentsOf(output));
    if (changed.length === 0) return;
    console.error(`docs/api is not what the code says: ${changed.join(', ')}. Run "npm run api-docs".`);
    process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main();
