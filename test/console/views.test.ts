/** Every view in each of its states: complete for who cannot see, in the dark, on a telephone, without a mouse, and with nothing blocked. */
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { beforeRemoval, until } from '../local/support.ts';
import { describe, newSession, openPage } from './browser/browser.ts';
import { findings } from './browser/findings.ts';
import { openStage, type Stage } from './staged/stage.ts';
import { stagedTheatre } from './staged/staged-theatre.ts';
import { ENTRIES } from './staged/stories.ts';

const sidOf = (outcome: string) => ENTRIES.find((entry) => entry.outcome === outcome)?.callSid ?? '';
const STORED = `#/calls/${ENTRIES[1]?.callSid}`;
const IN_THE_LIGHT: BrowserContextOptions = {};
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

  /** The packaged Chromium is one process, which ends with its first session: each look has a browser of its own, which stays. */
  const sessions = new Map<BrowserContextOptions, Promise<BrowserContext>>();
  afterAll(async () => {
    for (const session of sessions.values()) await (await session).browser()?.close();
  });
  const pages: Page[] = [];
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.close();
  });
  async function openAddress(address: string, options = IN_THE_LIGHT) {
    const session = sessions.get(options) ?? newSession(options);
    sessions.set(options, session);
    return openPage(await session, address);
  }
  async function open(view: string, options?: BrowserContextOptions) {
    const opened = await openAddress(stage.address, options);
    pages.push(opened.page);
    await opened.page.locator('h1').waitFor();
    await goTo(opened.page, view);
    return opened;
  }
  /** As a link does. @returns once it is drawn, and what it needs is asked for */
  const goTo = (page: Page, view: string) =>
    page.evaluate(async (hash) => {
      if (location.hash === hash) return;
      const { promise, resolve } = Promise.withResolvers<Event>();
      addEventListener('hashchange', resolve, { once: true });
      location.hash = hash;
      await promise;
      await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
    }, view);
  const settled = (page: Page) =>
    until(async () => (await page.locator('.loading').count()) === 0, 'nothing is loading');
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
    ['in the light', IN_THE_LIGHT],
    ['in the dark, on a telephone', { colorScheme: 'dark', ...NARROW }],
  ];
  describe.each(LOOKS)('%s', (_, options) => {
    let page: Page;
    let complaints: string[];
    beforeAll(async () => {
      ({ page, complaints } = await openAddress(stage.address, options));
      await page.locator('h1').waitFor();
    });
    test.each(VIEWS)(
      '%s has no finding of axe, fits, and needs nothing that its policy forbids',
      async (_view, address) => {
        await goTo(page, address);
        await settled(page);
        expect(await findings(page)).toEqual([]);
        expect(await isWiderThanScreen(page)).toBe(false);
        // A refused request is what a view of an unknown call is about.
        expect(complaints.splice(0).filter((text) => !text.includes('404'))).toEqual([]);
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
    [
      'empty of a caller',
      '#/calls?party=%2B14155550111',
      async () => ({ status: 200, body: '{"calls":[]}' }),
      'No call from or to this number.',
    ],
    ['empty', '#/audit', async () => ({ status: 200, body: '{"entries":[]}' }), 'Nobody has asked for anything'],
    ['forbidden', '#/calls', async () => ({ status: 403, body: '{"message":"Forbidden"}' }), 'You may not do this.'],
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
    const { page } = await openAddress(stage.url);
    pages.push(page);
    await page.getByText('The key is missing or no longer valid.').waitFor();
    expect(await findings(page)).toEqual([]);
  });

  test('the key leaves the address, and what is filtered stands there', async () => {
    const { page } = await open('#/calls');
    await page.getByLabel('State').selectOption('Stored');
    await page.getByLabel('Your number').fill('+14155550123');
    await page.getByRole('button', { name: 'Find' }).click();
    await until(() => page.url().includes('state=stored'), 'the address says what is filtered');
    expect(page.url()).toBe(`${stage.url}/#/calls?number=%2B14155550123&state=stored`);
    await until(
      () => stage.asked.at(-1)?.path === '/calls?number=%2B14155550123&state=stored',
      'the API is asked for it',
    );
    await page.reload();
    await page.locator('tr.call').first().waitFor();
    expect(await page.getByLabel('Your number').inputValue()).toBe('+14155550123');
  });

  test('a caller is looked for at any time, as the number is written, and a call SID leads to its call', async () => {
    const { page } = await open('#/calls');
    const who = page.getByLabel('Caller’s number');
    await who.fill('+1 (415) 555-0111');
    await page.getByRole('button', { name: 'Find' }).click();
    await until(() => stage.asked.at(-1)?.path === '/calls?party=%2B14155550111', 'the API is asked for the caller');
    expect(page.url()).toBe(`${stage.url}/#/calls?party=%2B14155550111`);
    expect(await page.getByLabel('Time').inputValue()).toBe('all');
    await page.getByLabel('Time').selectOption('Last 24 hours');
    await page.getByRole('button', { name: 'Find' }).click();
    await until(() => /^\/calls\?party=%2B14155550111&from=2/.test(stage.asked.at(-1)?.path ?? ''), 'of a day');
    await who.fill(ENTRIES[1]?.callSid ?? '');
    await page.getByRole('button', { name: 'Find' }).click();
    await until(() => page.url().endsWith(STORED), 'its call is opened');
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
    await press('l', 10);
    for (let second = 11; second <= 15; second += 1) await press('ArrowRight', second);
    const told = await page.evaluateHandle((selector) => {
      const element = document.querySelector(selector);
      if (element === null) throw new Error(`There is no ${selector}.`);
      const positions: number[] = [];
      new MutationObserver(() => positions.push(Number(element.getAttribute('aria-valuenow')))).observe(element, {
        attributeFilter: ['aria-valuenow'],
      });
      return positions;
    }, '[role=slider]');
    expect(stage.asked.filter(({ method }) => method === 'POST')).toEqual([]);
    await page.keyboard.press('k');
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await until(async () => (await position()) >= 25, 'the silence from 16 s to 24 s is skipped');
    const inSilence = (await told.jsonValue()).filter((at) => at > 16 && at < 24);
    // A busy browser is a second late. Played to its end, the silence has seven.
    expect(inSilence.length).toBeLessThan(4);
    expect(stage.asked.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });
});
