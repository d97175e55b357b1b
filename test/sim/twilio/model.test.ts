/** The rules of the model: what REST answers when, and what happens to a recording. */
import { apply } from '../../../sim/twilio/model.ts';
import { ACCOUNT_SID, BASE, basic, CREDENTIALS, openAccount, START } from './account.ts';

const RE = /^RE[0-9a-f]{32}$/;
const ALL_EVENTS = {
  RecordingChannels: 'dual',
  RecordingStatusCallback: 'https://app.example/recorded#rc=5&rp=all',
  RecordingStatusCallbackEvent: 'in-progress completed absent',
};

describe('authentication', () => {
  test.each([
    ['no header', undefined],
    ['a wrong token', basic(ACCOUNT_SID, 'wrong')],
    ['a wrong key secret', basic(CREDENTIALS.apiKeySid, 'token')],
    ['another scheme', `Bearer ${Buffer.from(`${ACCOUNT_SID}:token`).toString('base64')}`],
  ])('%s is answered 401 with code 20003', (_, authorization) => {
    const { status, body } = openAccount().rest('GET', '/Recordings.json', {}, { authorization });
    expect([status, body.code, body.status]).toEqual([401, 20003, 401]);
  });

  test('auth token and API key both open the account', () => {
    const account = openAccount();
    expect(account.rest('GET', '/Recordings.json').status).toBe(200);
    const authorization = basic(CREDENTIALS.apiKeySid, CREDENTIALS.apiKeySecret);
    expect(account.rest('GET', '/Recordings.json', {}, { authorization }).status).toBe(200);
  });

  test('another account is not to be seen', () => {
    const path = `/2010-04-01/Accounts/AC${'f'.repeat(32)}/Recordings.json`;
    expect(openAccount().rest('GET', path).status).toBe(401);
  });
});

describe('limits and outages', () => {
  test('one request too many at the same time is answered 429 with code 20429', () => {
    const account = openAccount({ concurrentRequests: 2 });
    expect(account.rest('GET', '/Recordings.json', {}, { concurrent: 2 }).status).toBe(200);
    const { status, body } = account.rest('GET', '/Recordings.json', {}, { concurrent: 3 });
    expect([status, body.code]).toEqual([429, 20429]);
  });

  test('announced refusals do not process the request, and then are over', () => {
    const account = openAccount();
    const callSid = account.call();
    account.act({ kind: 'refuse', status: 503, count: 2 });
    const statuses = [1, 2, 3].map(() => account.rest('POST', `/Calls/${callSid}/Recordings.json`).status);
    expect(statuses).toEqual([503, 503, 201]);
    expect(account.state.recordings.size).toBe(1);
  });
});

describe('errors', () => {
  test.each([
    `/Recordings/RE${'a'.repeat(32)}.json`,
    `/Calls/CA${'a'.repeat(32)}.json`,
    `/Calls/CA${'a'.repeat(32)}/Recordings.json`,
    `/Calls/CA${'a'.repeat(32)}/Recordings/RE${'a'.repeat(32)}.json`,
    '/Nothing.json',
    '/Recordings/..%2f..%2fetc.json',
  ])('what is not there is answered in the form of Twilio: %s', (path) => {
    const { status, body } = openAccount().rest('GET', path);
    expect(status).toBe(404);
    expect(body).toEqual({
      code: 20404,
      message: `The requested resource ${BASE}${path} was not found`,
      more_info: 'https://www.twilio.com/docs/errors/20404',
      status: 404,
    });
  });

  test('a method that a resource does not have is answered 405', () => {
    expect(openAccount().rest('PUT', '/Recordings.json').body.code).toBe(20004);
  });

  test.each([
    ['RecordingChannels', 'stereo'],
    ['RecordingTrack', 'left'],
    ['Trim', 'yes'],
    ['RecordingStatusCallback', 'ftp://app.example/'],
  ])('%s=%s is refused with its name', (name, value) => {
    const account = openAccount();
    const { status, body } = account.rest('POST', `/Calls/${account.call()}/Recordings.json`, { [name]: value });
    expect([status, body.code]).toEqual([400, 20001]);
    expect(body.message).toContain(name);
    expect(account.state.recordings.size).toBe(0);
  });
});

describe('registration of a call', () => {
  test('REST knows a call only some time after it was answered', () => {
    const account = openAccount();
    const callSid = account.call(1500);
    account.now += 1499;
    const early = account.rest('POST', `/Calls/${callSid}/Recordings.json`);
    expect([early.status, early.body.code]).toEqual([404, 20404]);
    expect(account.rest('GET', `/Calls/${callSid}.json`).status).toBe(404);
    expect(account.rest('GET', '/Calls.json').body.calls).toEqual([]);
    account.now += 1;
    expect(account.rest('GET', `/Calls/${callSid}.json`).body.status).toBe('in-progress');
    expect(account.rest('POST', `/Calls/${callSid}/Recordings.json`).status).toBe(201);
  });

  test('the other early refusal is 400 with code 21220, on a call that can be looked at', () => {
    const account = openAccount();
    const callSid = account.act({
      ...{ kind: 'call-arrived', from: '+1', to: '+2', registrationDelay: 1000 },
      earlyRefusal: 'not-eligible',
    });
    account.act({ kind: 'call-answered', callSid });
    const early = account.rest('POST', `/Calls/${callSid}/Recordings.json`);
    expect([early.status, early.body.code]).toEqual([400, 21220]);
    expect(account.rest('GET', `/Calls/${callSid}.json`).body.status).toBe('in-progress');
    account.now += 1000;
    expect(account.rest('POST', `/Calls/${callSid}/Recordings.json`).status).toBe(201);
  });

  test('a call that is over is known, but not recorded', () => {
    const account = openAccount();
    const callSid = account.call();
    account.now += 30_000;
    account.act({ kind: 'call-ended', callSid, status: 'completed' });
    const { status, body } = account.rest('POST', `/Calls/${callSid}/Recordings.json`);
    expect([status, body.code]).toEqual([400, 21220]);
    expect(account.rest('GET', `/Calls/${callSid}.json`).body).toMatchObject({ status: 'completed', duration: '30' });
  });
});

describe('a recording', () => {
  test('starts in progress, is processed after the call and completes with its length', () => {
    const account = openAccount({ processingMilliseconds: 700 });
    const callSid = account.call();
    const created = account.rest('POST', `/Calls/${callSid}/Recordings.json`, ALL_EVENTS);
    const { sid } = created.body;
    expect(sid).toMatch(RE);
    expect(created.body).toMatchObject({
      ...{ status: 'in-progress', channels: 2, track: 'both', source: 'StartCallRecordingAPI', call_sid: callSid },
      ...{ price: null, duration: null, error_code: null, encryption_details: null, conference_sid: null },
      start_time: 'Sat, 04 Jul 2026 12:00:00 +0000',
    });
    expect(created.effects).toMatchObject([
      { kind: 'record', recordingSid: sid, channels: 2, track: 'both' },
      { kind: 'callback', parameters: { RecordingStatus: 'in-progress', RecordingSid: sid } },
    ]);
    account.now += 12_400;
    account.act({ kind: 'call-ended', callSid, status: 'completed' });
    expect(account.rest('GET', `/Recordings/${sid}.json`).body.status).toBe('processing');
    expect(account.rest('GET', `/Recordings/${sid}.wav`).status).toBe(404);
    account.now += 700;
    account.act({ kind: 'recording-processed', recordingSid: sid });
    expect(account.rest('GET', `/Recordings/${sid}.json`).body).toMatchObject({ status: 'completed', duration: '12' });
    expect(account.rest('GET', `/Recordings/${sid}.wav`).status).toBe(200);
  });

  test('asks for the work that its states need', () => {
    const account = openAccount({ processingMilliseconds: 700 });
    const callSid = account.call();
    const sid = account.record(callSid, ALL_EVENTS);
    account.now += 5000;
    account.act({ kind: 'call-ended', callSid, status: 'completed' });
    const request = { kind: 'recording-processed', recordingSid: sid } as const;
    expect(account.effects).toEqual([
      { kind: 'stop', recordingSid: sid },
      { kind: 'later', at: START + 5700, request },
    ]);
    account.now += 700;
    account.act({ ...request, audioMilliseconds: 4980 });
    expect(account.effects).toEqual([
      {
        kind: 'callback',
        url: 'https://app.example/recorded#rc=5&rp=all',
        method: 'POST',
        parameters: {
          AccountSid: ACCOUNT_SID,
          CallSid: callSid,
          RecordingSid: sid,
          RecordingUrl: `https://api.twilio.com${BASE}/Recordings/${sid}`,
          RecordingStatus: 'completed',
          RecordingDuration: '5',
          RecordingChannels: '2',
          RecordingStartTime: 'Sat, 04 Jul 2026 12:00:00 +0000',
          RecordingSource: 'StartCallRecordingAPI',
          RecordingTrack: 'both',
          ErrorCode: '0',
        },
        callSid,
        settles: { kind: 'callback-settled', recordingSid: sid, event: 'completed' },
      },
    ]);
    const settled = account.state;
    account.act({ ...request, audioMilliseconds: 1 });
    expect(account.effects).toEqual([]);
    expect(account.state).toEqual(settled);
  });

  test('of no length is absent with error 16101, and has no audio', () => {
    const account = openAccount();
    const callSid = account.call();
    const sid = account.record(callSid, ALL_EVENTS);
    account.act({ kind: 'call-ended', callSid, status: 'completed' });
    account.act({ kind: 'recording-processed', recordingSid: sid, audioMilliseconds: 99 });
    expect(account.effects).toMatchObject([
      { kind: 'discard' },
      { kind: 'callback', parameters: { RecordingStatus: 'absent', ErrorCode: '16101', RecordingDuration: '0' } },
    ]);
    expect(account.rest('GET', `/Recordings/${sid}.json`).body).toMatchObject({ status: 'absent', error_code: 16101 });
    expect(account.rest('GET', `/Recordings/${sid}.wav`).status).toBe(404);
  });

  test.each([
    ['completed alone where no event is named', {}, ['completed']],
    ['events repeated', { RecordingStatusCallbackEvent: 'in-progress' }, ['in-progress']],
  ])('tells of %s', (_, events, told) => {
    const account = openAccount();
    const callSid = account.call();
    const form = { RecordingStatusCallback: 'http://127.0.0.1:1/', ...events };
    const sid = account.record(callSid, form);
    const effects = [...account.effects];
    account.now += 1000;
    account.act({ kind: 'call-ended', callSid, status: 'completed' });
    account.act({ kind: 'recording-processed', recordingSid: sid });
    const callbacks = [...effects, ...account.effects].filter((effect) => effect.kind === 'callback');
    expect(callbacks.map(({ parameters }) => parameters.RecordingStatus)).toEqual(told);
  });

  test('several of one call are independent', () => {
    const account = openAccount();
    const callSid = account.call();
    const [one, other] = [account.record(callSid), account.record(callSid, { RecordingChannels: 'dual' })];
    account.rest('POST', `/Calls/${callSid}/Recordings/${one}.json`, { Status: 'stopped' });
    const { recordings } = account.rest('GET', `/Calls/${callSid}/Recordings.json`).body;
    const statuses = recordings.map((recording: { sid: string; status: string }) => [recording.sid, recording.status]);
    expect(new Map(statuses)).toEqual(
      new Map([
        [one, 'stopped'],
        [other, 'in-progress'],
      ]),
    );
  });

  test('of a dialled leg is filed under its parent', () => {
    const account = openAccount();
    const parentCallSid = account.call();
    const child = account.act({ kind: 'call-dialled', parentCallSid, from: '+1', to: '+2' });
    account.act({ kind: 'call-answered', callSid: child });
    const { status, body } = account.rest('POST', `/Calls/${child}/Recordings.json`);
    expect([status, body.call_sid]).toEqual([201, parentCallSid]);
    expect(account.rest('GET', `/Calls/${child}/Recordings/${body.sid}.json`).status).toBe(200);
  });

  test('started by TwiML names its source', () => {
    const account = openAccount();
    const callSid = account.call();
    const options = { channels: 2, track: 'both', source: 'StartCallRecordingTwiML', callback: null } as const;
    const sid = account.act({ kind: 'recording-started', callSid, options });
    expect(account.rest('GET', `/Recordings/${sid}.json`).body.source).toBe('StartCallRecordingTwiML');
  });
});

describe('pause, resume and stop', () => {
  test('a pause is left out of the length where it is skipped, and kept where it is silence', () => {
    const lengths = ['skip', 'silence'].map((PauseBehavior) => {
      const account = openAccount();
      const callSid = account.call();
      const sid = account.record(callSid);
      const path = `/Calls/${callSid}/Recordings/${sid}.json`;
      account.now += 4000;
      expect(account.rest('POST', path, { Status: 'paused', PauseBehavior }).body.status).toBe('paused');
      expect(account.effects).toEqual([{ kind: 'pause', recordingSid: sid, behavior: PauseBehavior }]);
      account.now += 3000;
      expect(account.rest('POST', path, { Status: 'in-progress' }).body.status).toBe('in-progress');
      expect(account.effects).toEqual([{ kind: 'resume', recordingSid: sid }]);
      account.now += 2000;
      expect(account.rest('POST', path, { Status: 'stopped' }).body.status).toBe('stopped');
      account.act({ kind: 'recording-processed', recordingSid: sid });
      return account.rest('GET', `/Recordings/${sid}.json`).body.duration;
    });
    expect(lengths).toEqual(['6', '9']);
  });

  test('Twilio.CURRENT is the recording in progress', () => {
    const account = openAccount();
    const callSid = account.call();
    const sid = account.record(callSid);
    const path = `/Calls/${callSid}/Recordings/Twilio.CURRENT.json`;
    expect(account.rest('POST', path, { Status: 'stopped' }).body.sid).toBe(sid);
    expect(account.rest('POST', path, { Status: 'stopped' }).status).toBe(404);
  });

  test('what is over is not changed any more', () => {
    const account = openAccount();
    const callSid = account.call();
    const sid = account.record(callSid);
    account.act({ kind: 'call-ended', callSid, status: 'completed' });
    const path = `/Calls/${callSid}/Recordings/${sid}.json`;
    expect(account.rest('POST', path, { Status: 'in-progress' }).body.code).toBe(21220);
    expect(account.rest('GET', path).body.status).toBe('processing');
  });

  test.each([{ Status: 'gone' }, { Status: 'paused', PauseBehavior: 'loud' }, {}])('refuses %p', (form) => {
    const account = openAccount();
    const callSid = account.call();
    const sid = account.record(callSid);
    const { status } = account.rest('POST', `/Calls/${callSid}/Recordings/${sid}.json`, form as Record<string, string>);
    expect(status).toBe(400);
  });
});

describe('deletion', () => {
  test('takes a completed recording away for good and keeps its metadata', () => {
    const account = openAccount();
    const callSid = account.call();
    const sid = account.record(callSid);
    expect(account.rest('DELETE', `/Recordings/${sid}.json`).status).toBe(400);
    account.now += 5000;
    account.act({ kind: 'call-ended', callSid, status: 'completed' });
    expect(account.rest('DELETE', `/Recordings/${sid}.json`).status).toBe(400);
    account.act({ kind: 'recording-processed', recordingSid: sid });
    const deleted = account.rest('DELETE', `/Recordings/${sid}.json`);
    expect([deleted.status, deleted.body]).toEqual([204, null]);
    expect(deleted.effects).toEqual([{ kind: 'discard', recordingSid: sid }]);
    for (const path of [`/Recordings/${sid}.json`, `/Recordings/${sid}.wav`]) {
      expect(account.rest('GET', path).status).toBe(404);
    }
    expect(account.rest('DELETE', `/Recordings/${sid}.json`).body.code).toBe(20404);
    expect(account.rest('GET', '/Recordings.json').body.recordings).toEqual([]);
    const soft = account.rest('GET', '/Recordings.json?IncludeSoftDeleted=true').body.recordings;
    expect(soft).toMatchObject([{ sid, status: 'deleted' }]);
  });
});

describe('audio', () => {
  test.each([
    ['mono', '', 200],
    ['mono', '?RequestedChannels=1', 200],
    ['mono', '?RequestedChannels=2', 400],
    ['dual', '?RequestedChannels=2', 200],
    ['dual', '?RequestedChannels=3', 400],
  ])('of a %s recording with %p is answered %d', (RecordingChannels, query, expected) => {
    const account = openAccount();
    const callSid = account.call();
    const sid = account.record(callSid, { RecordingChannels });
    account.now += 1000;
    account.act({ kind: 'call-ended', callSid, status: 'completed' });
    account.act({ kind: 'recording-processed', recordingSid: sid });
    expect(account.rest('GET', `/Recordings/${sid}.wav${query}`).status).toBe(expected);
  });

  test('may come later than the completion, and as MP3', () => {
    const account = openAccount({ mediaDelayMilliseconds: 300 });
    const callSid = account.call();
    const sid = account.record(callSid);
    account.now += 1000;
    account.act({ kind: 'call-ended', callSid, status: 'completed' });
    account.act({ kind: 'recording-processed', recordingSid: sid });
    expect(account.rest('GET', `/Recordings/${sid}.wav`).status).toBe(404);
    account.now += 300;
    expect(account.rest('GET', `/Recordings/${sid}.wav`).status).toBe(200);
    const served = ['wav', 'mp3'].map((ending) => account.rest('GET', `/Recordings/${sid}.${ending}`).media?.format);
    expect(served).toEqual(['wav', 'mp3']);
  });
});

describe('calls by REST', () => {
  const form = { To: '+14155550123', From: '+15005550006', Url: 'https://app.example/voice' };

  test('are placed, answered, told about and hung up', () => {
    const account = openAccount();
    const told = { StatusCallback: 'https://app.example/status', StatusCallbackEvent: 'initiated completed' };
    const { status, body, effects } = account.rest('POST', '/Calls.json', { ...form, ...told });
    expect([status, body.status, body.direction]).toEqual([201, 'queued', 'outbound-api']);
    expect(effects).toMatchObject([
      { kind: 'callback', parameters: { CallStatus: 'queued' } },
      { kind: 'dial', callSid: body.sid, instructions: { url: form.Url, method: 'POST' } },
    ]);
    expect(account.rest('POST', `/Calls/${body.sid}/Recordings.json`).body.code).toBe(21220);
    account.act({ kind: 'call-answered', callSid: body.sid });
    const recordingSid = account.record(body.sid);
    account.now += 2000;
    const ended = account.rest('POST', `/Calls/${body.sid}.json`, { Status: 'completed' });
    expect(ended.body).toMatchObject({ status: 'completed', duration: '2' });
    expect(ended.effects.map(({ kind }) => kind)).toEqual(['hang-up', 'stop', 'later', 'callback']);
    expect(account.rest('GET', `/Recordings/${recordingSid}.json`).body.status).toBe('processing');
  });

  test.each([
    ['To', 21201],
    ['From', 21213],
    ['Url', 21205],
  ])('need %s', (name, code) => {
    expect(openAccount().rest('POST', '/Calls.json', { ...form, [name]: '' }).body.code).toBe(code);
  });

  test.each([
    ['from a number of somebody else', { From: '+14155550100' }, 21210],
    ['to what is no number', { To: '5550100' }, 21211],
    ['with TwiML that is too long', { Url: '', Twiml: `<Response>${' '.repeat(4000)}</Response>` }, 20001],
  ])('%s are refused', (_what, changed, code) => {
    const { status, body, effects } = openAccount().rest('POST', '/Calls.json', { ...form, ...changed });
    expect([status, body.code, effects]).toEqual([400, code, []]);
  });

  test('run their own TwiML, unless a URL is given too', () => {
    const twiml = '<Response><Hangup/></Response>';
    const instructionsOf = (changed: object) =>
      openAccount().rest('POST', '/Calls.json', { ...form, Twiml: twiml, ...changed }).effects[0];
    expect(instructionsOf({ Url: '' })).toMatchObject({ kind: 'dial', instructions: { twiml } });
    expect(instructionsOf({})).toMatchObject({ kind: 'dial', instructions: { url: form.Url } });
  });

  test('are redirected while they are in progress, and never afterwards', () => {
    const account = openAccount();
    const callSid = account.call();
    const { effects } = account.rest('POST', `/Calls/${callSid}.json`, { Twiml: '<Response/>' });
    expect(effects).toEqual([{ kind: 'redirect', callSid, instructions: { twiml: '<Response/>' } }]);
    expect(account.rest('POST', `/Calls/${callSid}.json`, { Status: 'canceled' }).body.code).toBe(21220);
    expect(account.rest('DELETE', `/Calls/${callSid}.json`).status).toBe(400);
    account.act({ kind: 'call-ended', callSid, status: 'completed' });
    expect(account.rest('POST', `/Calls/${callSid}.json`, { Twiml: '<Response/>' }).body.code).toBe(21220);
    expect(account.rest('DELETE', `/Calls/${callSid}.json`).status).toBe(204);
    expect(account.rest('GET', `/Calls/${callSid}.json`).status).toBe(404);
  });
});

describe('a restart', () => {
  test('ends what was in progress, takes up processing, and repeats callbacks that are owed', () => {
    const account = openAccount();
    const [one, other] = [account.call(), account.call()];
    const running = account.record(one, ALL_EVENTS);
    account.act({ kind: 'callback-settled', recordingSid: running, event: 'in-progress' });
    const processing = account.record(other, ALL_EVENTS);
    account.now += 5000;
    account.act({ kind: 'call-ended', callSid: other, status: 'completed' });
    account.act({ kind: 'restarted' });
    const done = account.effects.map((effect) =>
      'recordingSid' in effect ? [effect.kind, effect.recordingSid] : effect.kind,
    );
    expect(done).toEqual(['callback', ['stop', processing], 'later', ['stop', running], 'later']);
    expect(account.state.calls.get(one)?.status).toBe('completed');
    expect(account.rest('GET', `/Recordings/${running}.json`).body.status).toBe('processing');
  });
});

test('equal arguments give equal results, and states are never changed', () => {
  const one = openAccount();
  const other = openAccount();
  for (const account of [one, other]) {
    account.record(account.call(), ALL_EVENTS);
  }
  expect(one.state).toEqual(other.state);
  const before = structuredClone(one.state);
  apply(one.state, one.now, { kind: 'restarted' });
  expect(one.state).toEqual(before);
});

test('an import makes a completed recording of a call that may be new', () => {
  const account = openAccount();
  const callSid = `CA${'9'.repeat(32)}`;
  const callback = { url: 'http://127.0.0.1:1/', method: 'POST', events: ['completed'] } as const;
  const options = { channels: 2, track: 'both', source: 'StartCallRecordingAPI', callback } as const;
  const sid = account.act({ kind: 'recording-imported', callSid, audioMilliseconds: 3_600_000, options });
  expect(account.effects).toMatchObject([{ kind: 'callback', parameters: { RecordingDuration: '3600' } }]);
  expect(account.rest('GET', `/Recordings/${sid}.json`).body).toMatchObject({ status: 'completed', duration: '3600' });
  expect(account.rest('GET', `/Calls/${callSid}.json`).body).toMatchObject({ status: 'completed', duration: '3600' });
});
