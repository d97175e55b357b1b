/** What a killed or closed server leaves behind is taken up by the next start. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HEADER_BYTES, readWavFormat } from '../../../local/twilio/audio/wav.ts';
import { startTwilioServer, type TwilioServer } from '../../../local/twilio/server/server.ts';
import { type Application, startApplication } from './application.ts';

const CREDENTIALS = { accountSid: `AC${'d'.repeat(32)}`, authToken: 'the-auth-token' };
const SERVER = join(import.meta.dirname, '..', '..', '..', 'local', 'twilio', 'server', 'server.ts');

let directory: string;
let application: Application;
let server: TwilioServer | undefined;
let child: ChildProcess | undefined;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'twilio-'));
  application = await startApplication({
    authToken: CREDENTIALS.authToken,
    twiml: (_, { url }) => `<Response>
        <Start><Recording channels="dual" recordingStatusCallback="${url}/recorded"
          recordingStatusCallbackEvent="in-progress completed"/></Start>
        <Say>One sentence, and then another one.</Say><Pause length="600"/>
      </Response>`,
  });
});
afterEach(async () => {
  child?.kill('SIGKILL');
  await server?.close();
  server = undefined;
  await application.close();
  rmSync(directory, { recursive: true });
});

async function start(): Promise<TwilioServer> {
  server = await startTwilioServer({
    ...{ port: 0, dataDirectory: join(directory, 'data'), credentials: CREDENTIALS, speed: 10 },
    registrationDelay: () => 0,
    settings: { processingMilliseconds: 10 },
  });
  return server;
}

/** Waits until a recording in progress has reached the disk. */
async function audioOnDisk(recordingSid: string | undefined): Promise<void> {
  const part = join(directory, 'data/recordings', `${recordingSid}.wav.part`);
  while (!existsSync(part) || statSync(part).size <= HEADER_BYTES) await new Promise((done) => setTimeout(done, 5));
}

async function restCode(sid: string): Promise<number> {
  const authorization = `Basic ${btoa(`${CREDENTIALS.accountSid}:${CREDENTIALS.authToken}`)}`;
  const path = `/2010-04-01/Accounts/${CREDENTIALS.accountSid}/Recordings/${sid}.json`;
  return (await fetch(`${server?.url}${path}`, { headers: { authorization } })).status;
}

test('after SIGKILL in the middle of a call the call is over and its recording completes', async () => {
  const script = join(directory, 'serve.mjs');
  const options = { port: 0, dataDirectory: join(directory, 'data'), credentials: CREDENTIALS, speed: 10 };
  writeFileSync(
    script,
    `import { startTwilioServer } from ${JSON.stringify(SERVER)};
     const server = await startTwilioServer({ ...${JSON.stringify(options)}, registrationDelay: () => 0 });
     await server.placeCall({ voiceUrl: ${JSON.stringify(`${application.url}/voice`)} });`,
  );
  child = spawn(process.execPath, [script], { stdio: ['ignore', 'ignore', 'inherit'] });
  const started = await application.webhook(({ path }) => path === '/recorded');
  await audioOnDisk(started.parameters.RecordingSid);
  child.kill('SIGKILL');
  await new Promise((done) => child?.once('exit', done));

  const { media, recordings } = await start();
  const completed = await application.webhook(({ parameters }) => parameters.RecordingStatus === 'completed');
  expect(completed.signed).toBe(true);
  expect(completed.parameters.RecordingSid).toBe(started.parameters.RecordingSid);
  const [recording] = recordings();
  expect(recording).toMatchObject({ status: 'completed', channels: 2, callSid: started.parameters.CallSid });
  const { dataLength } = readWavFormat(media(recording?.sid ?? '') ?? '');
  expect(recording?.milliseconds).toBe(dataLength / 32);
  expect(dataLength).toBeGreaterThan(0);
  expect(readdirSync(join(directory, 'data/recordings')).filter((name) => name.endsWith('.part'))).toEqual([]);
  expect(await restCode(recording?.sid ?? '')).toBe(200);
});

test('a closed server owes its callbacks to the next start, and forgets nothing', async () => {
  const first = await start();
  const { callSid } = await first.placeCall({ voiceUrl: `${application.url}/voice` });
  const started = await application.webhook(({ parameters }) => parameters.RecordingStatus === 'in-progress');
  await audioOnDisk(started.parameters.RecordingSid);
  await first.close();
  expect(application.webhooks.some(({ parameters }) => parameters.RecordingStatus === 'completed')).toBe(false);
  const second = await start();
  const { parameters } = await application.webhook(
    ({ parameters: { RecordingStatus } }) => RecordingStatus === 'completed',
  );
  expect(parameters.CallSid).toBe(callSid);
  const [recording] = second.recordings();
  await second.close();
  const third = await start();
  expect(third.recordings()).toEqual([recording]);
  expect(third.media(recording?.sid ?? '')).toBeDefined();
});

test('a file that cannot be read is named', async () => {
  await (await start()).close();
  writeFileSync(join(directory, 'data/calls', `CA${'0'.repeat(32)}.json`), '{');
  await expect(start()).rejects.toThrow(/calls\/CA0{32}\.json cannot be read; delete it/);
});
