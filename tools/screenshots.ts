/** Takes the pictures of the console that the README shows: `npm run screenshots`. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { findBrowser, missingBrowser } from '../test/console/browser/find-browser.ts';
import { openStage } from '../test/console/staged/stage.ts';
import { stagedTheatre } from '../test/console/staged/staged-theatre.ts';
import { ENTRIES, NOW } from '../test/console/staged/stories.ts';

const FOLDER = join(import.meta.dirname, '..', 'docs', 'images');
const VIEWS = { calls: '#/calls', call: `#/calls/${ENTRIES[1]?.callSid}`, theatre: '#/theatre' };

async function takePictures(): Promise<void> {
  const missing = missingBrowser();
  if (missing !== undefined) throw new Error(missing);
  const { executablePath, args, env } = await findBrowser();
  const browser = await chromium.launch({ executablePath, args: [...args], env: { ...process.env, ...env } });
  const stage = await openStage({ more: stagedTheatre, place: { kind: 'local', title: '.local' } });
  const page = await browser.newPage({
    ...{ viewport: { width: 1100, height: 720 }, locale: 'en-GB', timezoneId: 'Europe/Vienna' },
  });
  // A call of "today" looks the same whenever the picture is taken.
  await page.clock.setFixedTime(NOW);
  mkdirSync(FOLDER, { recursive: true });
  await page.goto(stage.address);
  for (const [name, address] of Object.entries(VIEWS)) {
    await page.goto(`${stage.url}/${address}`);
    await page.locator('.loading').waitFor({ state: 'detached' });
    await page
      .locator(name === 'call' ? '.waveform' : name === 'theatre' ? '.live-stored' : 'tr.call')
      .first()
      .waitFor();
    await page.screenshot({ path: join(FOLDER, `console-${name}.png`), animations: 'disabled' });
  }
  await browser.close();
  await stage.close();
}

await takePictures();
