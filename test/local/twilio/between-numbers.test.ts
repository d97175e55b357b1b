/** A call that REST places from one number of the account to another: two calls, one conversation. */
import { channelsOf, closeAll, lastEvent, loudness, stage } from './stage.ts';

afterEach(closeAll);

const [FROM, TO] = ['+15005550006', '+15005550010'];

/** The number that is called says nothing for a while, then something; it records what it hears. */
async function betweenNumbers(called: string, calling: string) {
  const twiml = '<Response><Start><Recording channels="dual"/></Start>CALLED</Response>';
  const here = await stage({ twiml: () => twiml.replace('CALLED', called) });
  const [{ sid = '' } = {}] = await here.client.incomingPhoneNumbers.list({ phoneNumber: TO });
  await here.client.incomingPhoneNumbers(sid).update({ voiceUrl: `${here.application.url}/voice` });
  const placed = await here.client.calls.create({ from: FROM, to: TO, twiml: `<Response>${calling}</Response>` });
  const ended = (callSid: string) =>
    here.events.some((event) => event.kind === 'call-ended' && event.callSid === callSid);
  while (!ended(placed.sid)) await new Promise((resolve) => setTimeout(resolve, 10));
  const { parameters } = await here.application.webhook(({ path }) => path === '/voice');
  while (!ended(parameters.CallSid ?? '')) await new Promise((resolve) => setTimeout(resolve, 10));
  return { ...here, placed, parameters };
}

test('rings the number, whose own application answers, and carries sound both ways', async () => {
  const said = '<Say>This is what the calling side says.</Say>';
  const { placed, parameters, client, server, events } = await betweenNumbers(
    '<Say>Hello, this is the called side.</Say><Pause length="60"/>',
    `<Pause length="4"/>${said}`,
  );
  expect(parameters).toMatchObject({ Direction: 'inbound', From: FROM, To: TO });
  expect(parameters.CallSid).not.toBe(placed.sid);
  expect(parameters.ParentCallSid).toBeUndefined();
  const calls = await client.calls.list();
  const seen = calls.map(({ sid, direction, status, parentCallSid }) => [sid, direction, status, parentCallSid]);
  expect(seen.toSorted()).toEqual(
    [
      [placed.sid, 'outbound-api', 'completed', null],
      [parameters.CallSid, 'inbound', 'completed', null],
    ].toSorted(),
  );
  const [recording] = server.recordings();
  expect(recording).toMatchObject({ callSid: parameters.CallSid, channels: 2 });
  while (lastEvent(events, 'recording-completed') === undefined)
    await new Promise((resolve) => setTimeout(resolve, 10));
  const [inbound, outbound] = channelsOf(server.media(recording?.sid ?? '') ?? '');
  // The called side speaks at first, the calling one seconds after it was answered, sooner or later by what the machine does besides.
  const begin = (samples: ArrayLike<number> | undefined) =>
    Array.from(samples ?? []).findIndex((sample) => sample !== 0);
  const second = (samples: ArrayLike<number> | undefined) =>
    loudness(Array.from(samples ?? []).slice(begin(samples), begin(samples) + 8000));
  expect(begin(outbound)).toBeGreaterThanOrEqual(0);
  expect(begin(inbound)).toBeGreaterThan(begin(outbound));
  expect(second(outbound)).toBeGreaterThan(200);
  expect(second(inbound)).toBeGreaterThan(200);
});

test('ends both when the called side hangs up, and fails where it rejects', async () => {
  const hungUp = await betweenNumbers('<Pause length="1"/><Hangup/>', '<Pause length="60"/>');
  expect((await hungUp.client.calls(hungUp.placed.sid).fetch()).status).toBe('completed');
  const rejected = await stage({ twiml: () => '<Response><Reject/></Response>' });
  const [{ sid = '' } = {}] = await rejected.client.incomingPhoneNumbers.list({ phoneNumber: TO });
  await rejected.client.incomingPhoneNumbers(sid).update({ voiceUrl: `${rejected.application.url}/voice` });
  const placed = await rejected.client.calls.create({ from: FROM, to: TO, twiml: '<Response><Pause/></Response>' });
  while (!rejected.events.some((event) => event.kind === 'call-ended' && event.callSid === placed.sid)) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect((await rejected.client.calls(placed.sid).fetch()).status).toBe('failed');
});
