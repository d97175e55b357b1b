/** The theatre on the running system: S3 is broken at a click, a call is recorded all the same, and stored once S3 is back. */
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import type { ConsoleServer } from '../../console/serve/server.ts';
import { startLocalConsole } from '../../local/console.ts';
import { type System, startSystem } from '../../local/system/system.ts';
import { createSwitches } from '../../local/theatre/switches.ts';
import { createTeller } from '../../local/theatre/told.ts';
import { readRecordings } from '../../local/watch/table-rows.ts';
import { sharedAssembly } from '../lib/synthesized.ts';
import { DIALLED_ON, hangUpInSystem, UNTIL_HUNG_UP, warmUp } from '../local/steady-calls.ts';
import { beforeRemoval, temporaryDirectory, until } from '../local/support.ts';
import { describe, newSession, openPage } from './browser/browser.ts';

describe('the theatre', () => {
  const dataDirectory = temporaryDirectory();
  const switches = createSwitches(() => 0);
  const teller = createTeller();
  let system: System;
  let served: ConsoleServer;
  let session: BrowserContext;
  beforeAll(async () => {
    const hangUp = hangUpInSystem(dataDirectory);
    system = await startSystem({
      ...{ root: join(import.meta.dirname, '..', '..'), port: 0, dataDirectory, keepAtTwilioSeconds: 86_400 },
      ...{ assemblyDirectory: await sharedAssembly(), environment: DIALLED_ON, scheduleSpeed: 30 },
      ...switches.options,
      onEvent: (event) => {
        hangUp(event);
        teller.observe(event);
      },
    });
    beforeRemoval(() => system.stop());
    served = await startLocalConsole(system, { dataDirectory, port: 0, theatre: { switches, teller } });
    beforeRemoval(() => served.close());
    session = await newSession();
    beforeRemoval(() => session.browser()?.close());
    await warmUp(system.endpoints);
  });

  test('S3 is broken: the call falls back to Twilio; mended, it is stored, and nothing is lost', async () => {
    const { page, complaints } = await openPage(session, served.address);
    await page.getByRole('link', { name: 'Theatre' }).click();
    const s3 = page.getByRole('switch', { name: 'S3 is down' });
    await s3.click();
    await until(async () => (await s3.getAttribute('aria-checked')) === 'true', 'the switch is on');
    expect(switches.isBroken('s3-down')).toBe(true);
    const { callSid } = await system.placeCall(UNTIL_HUNG_UP);
    const live = page.locator('details.live', { hasText: callSid.slice(0, 8) });
    await live.locator('.reached', { hasText: 'Reported' }).waitFor();
    await until(async () => (await readRecordings(system, callSid))[0]?.state === 'fallback', 'the copy has failed');
    await page.getByRole('link', { name: 'Calls', exact: true }).click();
    await page.locator('tr.call', { hasText: 'At Twilio only' }).waitFor();
    await page.goBack();
    await s3.click();
    await until(() => !switches.isBroken('s3-down'), 'the switch is off');
    await page.getByRole('button', { name: 'Run the schedules now' }).click();
    await live.locator('.reached', { hasText: 'Stored' }).waitFor();
    const counted = (name: string) => page.locator('.counters div', { hasText: name }).locator('dd').textContent();
    await until(async () => (await counted('Stored in S3, verified')) === '1', 'the stored one is counted');
    expect([await counted('Recordings made'), await counted('Lost')]).toEqual(['1', '0']);
    await live.locator('summary').click();
    await live.getByRole('link', { name: 'Open the call' }).click();
    await page.getByText('S3, verified; also at Twilio').waitFor();
    await page.goBack();
    await findByCaller(page);
    if (process.env.CONSOLE_SHOTS) {
      await page.getByRole('link', { name: 'Theatre' }).click();
      await page.locator('.counters').waitFor();
      await page.screenshot({ path: `${process.env.CONSOLE_SHOTS}/theatre.png`, fullPage: true });
    }
    expect(complaints.filter((text) => !text.includes('404'))).toEqual([]);
  });

  /** The number of the simulated caller, and one that has not called. */
  async function findByCaller(page: Page): Promise<void> {
    await page.getByRole('link', { name: 'Calls', exact: true }).click();
    const find = async (number: string) => {
      await page.getByLabel('Caller’s number').fill(number);
      await page.getByRole('button', { name: 'Find' }).click();
    };
    await find('+1 500 555 0099');
    await page.getByText('No call from or to this number.').waitFor();
    await find('+1 500 555 0001');
    await page.locator('tr.call', { hasText: 'Stored' }).waitFor();
  }

  test('what is no request of the page is refused', async () => {
    const headers = { 'x-console-key': new URL(served.address).hash.slice('#key='.length) };
    const post = async (path: string, body: string) =>
      (await fetch(`${served.url}/local/${path}`, { method: 'POST', headers, body })).status;
    expect(await post('calls', '{"count":21}')).toBe(400);
    expect(await post('calls', '{"count":"1"}')).toBe(400);
    expect(await post('calls', '[')).toBe(400);
    expect(await post('faults', '{"fault":"__proto__","on":true}')).toBe(400);
    expect(await post('elsewhere', '{}')).toBe(404);
  });
});
