/**
 * Writes docs/api.md from the docstrings of the public entry, lib/index.ts. With `--check` it only says whether the file is up to date.
 *
 *     npm run api-docs
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Extractor, ExtractorConfig, ExtractorLogLevel, type ExtractorMessage } from '@microsoft/api-extractor';
import { type Entity, markdown } from './api-docs/markdown.ts';

const ROOT = join(import.meta.dirname, '..');
const DOCUMENT = join(ROOT, 'docs', 'api.md');
const MODULES = join(ROOT, 'node_modules');

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
  execFileSync(process.execPath, [join(MODULES, 'typescript', 'bin', 'tsc'), '--project', configuration], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** @throws Error with what lacks documentation, or is used by an export without being exported itself */
function readModel(folder: string): Entity {
  const entry = join(folder, 'types', 'lib', 'index.d.ts');
  const model = join(folder, 'call-recorder.api.json');
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
        docModel: { enabled: true, apiJsonFilePath: model },
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
  return JSON.parse(readFileSync(model, 'utf8'));
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

function main(): void {
  // Outside the repository, the types of packages are shown by their names alone: reading them takes longer than all the rest.
  const folder = mkdtempSync(join(tmpdir(), 'call-recorder-api-docs-'));
  try {
    writeDeclarations(folder);
    const written = markdown(readModel(folder));
    if (!process.argv.includes('--check')) writeFileSync(DOCUMENT, written);
    else if (!existsSync(DOCUMENT) || readFileSync(DOCUMENT, 'utf8') !== written) {
      console.error('docs/api.md differs from the docstrings of the public entry. Run "npm run api-docs".');
      process.exitCode = 1;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main();
