// @ts-check
/**
 * Installs the packages of package-lock.json where they are missing or out of date. The scripts of package.json run it first.
 *
 * This file alone is JavaScript: it runs before anything is installed, on the Node of the machine, and Node 20 runs no TypeScript.
 * The compiler checks it all the same, by the types in its comments.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';

const LOCK = 'package-lock.json';
const INSTALLED = 'node_modules/.package-lock.json';

/** What they take on the disk; the largest are aws-cdk-lib, Node itself and Biome. */
const SIZE = '0.8 GB';

/** What npm reports where the registry does not answer. */
const UNREACHABLE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|TIMEDOUT|TIMEOUT/;

/** @param {string} path */
const changedAt = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** @typedef {{ version?: string, optional?: boolean, os?: string[], cpu?: string[] }} Package */

/** @param {string} path @returns {{ [path: string]: Package }} */
const packagesOf = (path) => JSON.parse(readFileSync(path, 'utf8')).packages ?? {};

/**
 * Whether what is installed is what the lock file names. A checkout makes the lock file newer without changing it: then the
 * versions are compared, so that nothing is installed again and no network is needed.
 */
function isInstalled() {
  if (changedAt(INSTALLED) === 0) return false;
  if (changedAt(INSTALLED) >= changedAt(LOCK)) return true;
  const wanted = packagesOf(LOCK);
  const found = packagesOf(INSTALLED);
  /** @param {{ [path: string]: Package }} all @param {{ [path: string]: Package }} others */
  const areAllIn = (all, others) =>
    Object.entries(all).every(
      ([path, { version, optional }]) =>
        path === '' || optional || (others[path] !== undefined && others[path].version === version),
    );
  return areAllIn(wanted, found) && areAllIn(found, wanted);
}

/** How many packages the lock file names, without those for other operating systems and processors. */
function countPackages() {
  return Object.entries(packagesOf(LOCK)).filter(
    ([path, { os = [process.platform], cpu = [process.arch] }]) =>
      path !== '' && os.includes(process.platform) && cpu.includes(process.arch),
  ).length;
}

/** @returns the exit code of npm, 0 where it has installed everything */
function install() {
  console.error(
    `Installing about ${countPackages()} packages (${SIZE}) from package-lock.json; this takes a minute, once.`,
  );
  // Standard output belongs to the command that follows.
  const stdio = /** @type {['ignore', number, 'pipe']} */ (['ignore', 2, 'pipe']);
  const { status, stderr } = spawnSync('npm ci --no-audit --no-fund --loglevel=error', {
    stdio,
    shell: true,
    encoding: 'utf8',
  });
  if (status === 0) return 0;
  const lines = stderr.split('\n').map((line) => line.replace(/^npm (error|ERR!) ?/, ''));
  const code = lines.find((line) => line.startsWith('code '))?.slice('code '.length) ?? `exit code ${status}`;
  const reason = lines.find((line) => line !== '' && !/^(code|errno|syscall|path) /.test(line)) ?? '';
  console.error(`npm could not install the packages (${code}): ${reason}`);
  console.error(
    UNREACHABLE.test(code)
      ? 'Check the connection to the registry (behind a proxy: npm config set proxy URL), then run the same command again.'
      : 'Run "npm ci" to see everything that npm reports, correct it, then run the same command again.',
  );
  return status ?? 1;
}

if (!isInstalled()) process.exitCode = install();
