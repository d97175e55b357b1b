/** A browser, and pages of the console in it. */
import { join } from 'node:path';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { shared } from '../../shared/shared.ts';
import { missingBrowser } from './find-browser.ts';

const finder = shared<{ findBrowser: typeof import('./find-browser.ts').findBrowser }>(
  join(import.meta.dirname, 'find-browser.ts'),
);

/** Skipped where there is no browser: `test/shared/global-setup.ts` says so, and fails in continuous integration. */
const describeInBrowser = missingBrowser() === undefined ? describe : describe.skip;

export { describeInBrowser as describe };

/** Waits as long as a busy machine needs. */
const LIMIT_MILLISECONDS = 15 * 60_000;

async function launchBrowser(): Promise<Browser> {
  const { executablePath, args, env } = await finder('findBrowser');
  return chromium.launch({
    executablePath,
    headless: true,
    args: [...args, '--autoplay-policy=no-user-gesture-required'],
    env: { ...process.env, ...env },
    timeout: LIMIT_MILLISECONDS,
  });
}

export interface OpenedPage {
  readonly page: Page;
  /** What the browser has complained of: scripts that failed, and what the policy of the page has blocked. */
  readonly complaints: string[];
}

/** A session in a browser of its own. */
export async function newSession(options: BrowserContextOptions = {}): Promise<BrowserContext> {
  const browser = await launchBrowser();
  const session = await browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Vienna', ...options });
  session.setDefaultTimeout(LIMIT_MILLISECONDS);
  session.setDefaultNavigationTimeout(LIMIT_MILLISECONDS);
  return session;
}

/** A page in a tab of its own. */
export async function openPage(session: BrowserContext, address: string): Promise<OpenedPage> {
  const page = await session.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || /Content.Security.Policy/i.test(message.text())) complaints.push(message.text());
  });
  await page.goto(address);
  return { page, complaints };
}
