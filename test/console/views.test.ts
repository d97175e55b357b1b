/** Every view in each of its states: complete for who cannot see, in the dark, on a telephone, without a mouse, and with nothing blocked. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { beforeRemoval, until } from '../local/support.ts';
import { describe, launchBrowser, openPage } from './browser/browser.ts';
import { openStage, type Stage } from './staged/stage.ts';
import { stagedTheatre } from './staged/staged-theatre.ts';
import { ENTRIES } from './staged/stories.ts';

const sidOf = (outcome: string) => ENTRIES.find((entry) => entry.outcome === outcome)?.callSid ?? '';
const STORED = `#/calls/${ENTRIES[1]?.callSid}`;
const NARROW = { viewport: { width: 360, height: 740 } };

describe('the views', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ more: stagedTheatre });
    beforeRemoval(() => stage.close());
  });
  afterEach(() => {
    stage.answer = undefined;
  });

  async function open(view: string, options: BrowserContextOptions = {}) {
    const opened = await openPage(await launch(), stage.address, options);
    await opened.page.locator('h1').waitFor();
    await opened.page.evaluate((hash) => {
      location.hash = hash;
    }, view);
    return opened;
  }
  /** The packaged Chromium is one process, which ends with its first context: each test has a browser of its own. */
  const browsers: Browser[] = [];
  const launch = async () => {
    const browser = await launchBrowser();
    browsers.push(browser);
    return browser;
  };
  afterEach(async () => {
    for (const browser of browsers.splice(0)) await browser.close();
  });
  const settled = (page: Page) =>
    until(async () => (await page.locator('.loading').count()) === 0, 'nothing is loading');
  const findings = async (page: Page) => {
    const { violations } = await new AxeBuilder({ page })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
      .analyze();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  };
  const isWiderThanScreen = (page: Page) =>
    page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);

  const VIEWS: [string, string][] = [
    ['the list', '#/calls'],
    ['the list with filters', '#/calls?state=stored&from=2026-03-01T00:00&to=2026-03-02T00:00&team=sales'],
    ['a stored call', STORED],
    ['a call at Twilio only', `#/calls/${sidOf('fallback')}`],
    ['a call without audio', `#/calls/${sidOf('no-audio')}`],
    ['a call that is not recorded', `#/calls/${sidOf('not-recorded')}`],
    ['an unknown call', `#/calls/CA${'f'.repeat(32)}`],
    ['the audit', '#/audit'],
    ['the theatre', '#/theatre'],
    ['no view', '#/nothing'],
  ];
  const LOOKS: [string, BrowserContextOptions][] = [
    ['in the light', {}],
    ['in the dark, on a telephone', { colorScheme: 'dark', ...NARROW }],
  ];
  describe.each(LOOKS)('%s', (_, options) => {
    test.each(VIEWS)(
      '%s has no finding of axe, fits, and needs nothing that its policy forbids',
      async (_view, address) => {
        const { page, complaints } = await open(address, options);
        await settled(page);
        expect(await findings(page)).toEqual([]);
        expect(await isWiderThanScreen(page)).toBe(false);
        // A refused request is what a view of an unknown call is about.
        expect(complaints.filter((text) => !text.includes('404'))).toEqual([]);
      },
    );
  });

  test.each<[string, string, () => Promise<{ status: number; body: string }>, string]>([
    ['empty', '#/calls', async () => ({ status: 200, body: '{"calls":[]}' }), 'No calls in this time.'],
    [
      'empty by its filters',
      '#/calls?team=x',
      async () => ({ status: 200, body: '{"calls":[]}' }),
      'No call matches these filters.',
    ],
    ['empty', '#/audit', async () => ({ status: 200, body: '{"entries":[]}' }), 'Nobody has asked for anything'],
    [
      'forbidden',
      '#/calls',
      async () => ({ status: 403, body: '{"message":"Forbidden"}' }),
      'Your AWS credentials may not do this.',
    ],
    ['wrong', '#/calls?team=y', async () => ({ status: 400, body: '{"error":"team must be …"}' }), 'team must be …'],
    ['broken', STORED, async () => ({ status: 503, body: '{"error":"Try again."}' }), 'Try again.'],
    ['not there yet', '#/audit', async () => ({ status: 404, body: '{"message":"Not Found"}' }), 'keeps no audit yet'],
    ['silent', '#/calls', () => Promise.reject(new Error('ECONNREFUSED')), 'The recorder does not answer'],
  ])('says that it is %s: %s', async (_, address, answer, text) => {
    stage.answer = answer;
    const { page } = await open(address);
    await page.getByText(text).first().waitFor();
    expect(await findings(page)).toEqual([]);
  });

  test('keeps the room of what is loading', async () => {
    const answer = Promise.withResolvers<{ status: number; body: string }>();
    stage.answer = () => answer.promise;
    const { page } = await open('#/calls');
    await page.getByRole('status').getByText('Loading').waitFor();
    expect(await findings(page)).toEqual([]);
    answer.resolve({ status: 200, body: '{"calls":[]}' });
    await page.getByText('No calls in this time.').waitFor();
  });

  test('without its key it says what to open', async () => {
    const { page } = await openPage(await launch(), stage.url);
    await page.getByText('The key is missing or no longer valid.').waitFor();
    expect(await findings(page)).toEqual([]);
  });

  test('the key leaves the address, and what is filtered stands there', async () => {
    const { page } = await open('#/calls');
    await page.getByLabel('State').selectOption('Stored');
    await page.getByLabel('Number').fill('+14155550123');
    await page.getByRole('button', { name: 'Find' }).click();
    await until(() => page.url().includes('state=stored'), 'the address says what is filtered');
    expect(page.url()).toBe(`${stage.url}/#/calls?number=%2B14155550123&state=stored`);
    await until(
      () => stage.asked.at(-1)?.path === '/calls?number=%2B14155550123&state=stored',
      'the API is asked for it',
    );
    await page.reload();
    await page.locator('tr.call').first().waitFor();
    expect(await page.getByLabel('Number').inputValue()).toBe('+14155550123');
  });

  test('everything in the player is done by keys', async () => {
    const { page } = await open(STORED);
    const slider = page.getByRole('slider', { name: 'Position in the recording' });
    await slider.focus();
    const position = async () => Number(await slider.getAttribute('aria-valuenow'));
    const press = async (key: string, expected: number) => {
      await page.keyboard.press(key);
      await until(async () => (await position()) === expected, `${key} leads to ${expected}`);
    };
    await press('l', 10);
    await press('PageUp', 20);
    await press('j', 10);
    await press('ArrowRight', 11);
    await press('ArrowLeft', 10);
    await press('Home', 0);
    await press('End', 40);
    expect(await slider.getAttribute('aria-valuetext')).toBe('40 seconds of 40 seconds');
    await page.keyboard.press(']');
    expect(await page.getByLabel('Speed').inputValue()).toBe('1.25');
    await page.keyboard.press('2');
    expect(await page.getByLabel('Channel 2').inputValue()).toBe('0');
    await page.keyboard.press('s');
    expect(await page.getByLabel('Skip silence').isChecked()).toBe(true);
    await press('Home', 0);
    expect(stage.asked.filter(({ method }) => method === 'POST')).toEqual([]);
    await page.keyboard.press('k');
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await until(async () => (await position()) >= 1, 'the audio moves');
    await until(async () => (await position()) >= 24, 'the silence from 16 s to 24 s is skipped');
    expect(stage.asked.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });
});
