/** The console on the running system: a call is found, opened, seen and heard. */

import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import type { ConsoleServer } from '../../console/serve/server.ts';
import { startLocalConsole } from '../../local/console.ts';
import { type System, startSystem } from '../../local/system/system.ts';
import { readRecordings } from '../../local/watch/table-rows.ts';
import { sharedAssembly } from '../lib/synthesized.ts';
import { DIALLED_ON, hangUpInSystem, UNTIL_HUNG_UP, warmUp } from '../local/steady-calls.ts';
import { beforeRemoval, temporaryDirectory, until } from '../local/support.ts';
import { describe, newSession, openPage } from './browser/browser.ts';

const ROOT = join(import.meta.dirname, '..', '..');

describe('the console', () => {
  const dataDirectory = temporaryDirectory();
  let system: System;
  let served: ConsoleServer;
  let session: BrowserContext;
  let callSid: string;

  beforeAll(async () => {
    const observe = hangUpInSystem(dataDirectory, 4000);
    system = await startSystem({
      ...{ root: ROOT, port: 0, dataDirectory, keepAtTwilioSeconds: 86_400, registrationDelay: () => 0 },
      ...{ assemblyDirectory: await sharedAssembly(), environment: DIALLED_ON, onEvent: observe },
    });
    beforeRemoval(() => system.stop());
    served = await startLocalConsole(system, { dataDirectory, port: 0 });
    beforeRemoval(() => served.close());
    session = await newSession();
    beforeRemoval(() => session.browser()?.close());
    await warmUp(system.endpoints);
    const call = await system.placeCall(UNTIL_HUNG_UP);
    ({ callSid } = call);
    await call.ended;
    const isStored = async () => (await readRecordings(system, callSid))[0]?.state === 'stored';
    await until(isStored, 'the recording is stored');
  });

  test('a call is found, opened, played and heard', async () => {
    const { page, complaints } = await openPage(session, served.address);
    const row = page.locator('tr.call');
    await row.first().waitFor();
    expect(page.url()).toBe(`${served.url}/#/calls`);
    expect(await row.count()).toBe(1);
    expect(await row.textContent()).toContain('Stored');
    await row.getByRole('link').click();
    await page.getByRole('slider', { name: 'Position in the recording' }).waitFor();
    expect(page.url()).toBe(`${served.url}/#/calls/${callSid}`);
    await page.getByRole('button', { name: 'Play', exact: true }).click();
    const slider = page.getByRole('slider', { name: 'Position in the recording' });
    await until(async () => Number(await slider.getAttribute('aria-valuenow')) >= 1, 'the audio moves');
    await page.locator('.waveform').waitFor();
    if (process.env.CONSOLE_SHOTS)
      await page.screenshot({ path: `${process.env.CONSOLE_SHOTS}/call.png`, fullPage: true });
    const [first, second] = await channelsHeard(page, callSid);
    expect(first?.some((value) => value > 0.01)).toBe(true);
    expect(second?.some((value) => value > 0.01)).toBe(true);
    expect(first).not.toEqual(second);
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.locator('.audit').getByText('played').waitFor();
    expect(complaints).toEqual([]);
  });

  /** The loudness of both channels, second by second, as the browser decodes what the console serves. */
  async function channelsHeard(page: import('playwright-core').Page, sid: string): Promise<number[][]> {
    const [recording] = await readRecordings(system, sid);
    return page.evaluate(async (path) => {
      const reply = await fetch(path);
      const audio = await new OfflineAudioContext(1, 1, 8000).decodeAudioData(await reply.arrayBuffer());
      return [0, 1].map((channel) => {
        const samples = audio.getChannelData(channel);
        return Array.from({ length: Math.floor(audio.duration) }, (_, second) =>
          Math.max(...samples.subarray(second * 8000, (second + 1) * 8000).map(Math.abs)),
        );
      });
    }, `audio/${sid}/${recording?.recordingSid}`);
  }
});
