/** A browser for tests: the Chromium of an npm package on Linux x64, elsewhere an installed Chrome. */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface FoundBrowser {
  readonly executablePath: string;
  readonly args: readonly string[];
  readonly env: { readonly [name: string]: string };
}

const PACKAGE = join(import.meta.dirname, '..', '..', '..', 'node_modules', '@sparticuz', 'chromium');
const { PROGRAMFILES = 'C:\\Program Files', 'PROGRAMFILES(X86)': PROGRAMFILES_X86 = PROGRAMFILES } = process.env;
const INSTALLED = [
  process.env.CHROME_PATH ?? '',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  join(PROGRAMFILES, 'Google', 'Chrome', 'Application', 'chrome.exe'),
  join(PROGRAMFILES_X86, 'Google', 'Chrome', 'Application', 'chrome.exe'),
];

const isPackaged = (): boolean =>
  process.platform === 'linux' && process.arch === 'x64' && existsSync(join(PACKAGE, 'bin', 'chromium.br'));
const installed = (): string | undefined => INSTALLED.find((path) => path !== '' && existsSync(path));

/** What to install, where there is no browser. */
export const missingBrowser = (): string | undefined =>
  isPackaged() || installed() !== undefined
    ? undefined
    : 'The browser tests are skipped: there is no browser. Install Google Chrome, or name one by CHROME_PATH; on Linux x64 run "npm ci".';

/** They switch off what the console is protected by. */
const UNWANTED = /^--(disable-web-security|allow-running-insecure-content)/;

/** Unpacks the packaged one, which takes seconds: once in a run, see `test/shared/shared.ts`. */
export async function findBrowser(): Promise<FoundBrowser> {
  if (!isPackaged()) return { executablePath: installed() ?? '', args: [], env: {} };
  const { default: chromium } = await import('@sparticuz/chromium');
  const executablePath = await chromium.executablePath();
  const args = chromium.args.filter((argument) => !UNWANTED.test(argument));
  return { executablePath, args, env: { FONTCONFIG_PATH: join(tmpdir(), 'fonts') } };
}
