import { parseArgs } from 'node:util';
import type { TwilioCredentialsSecret } from '../lambdas/shared/contract/credentials.ts';
import { parseDuration } from './watch/duration.ts';

/** Somebody's real Twilio account, or a server that speaks Twilio's API. */
export interface TwilioAccount extends TwilioCredentialsSecret {
  readonly apiUrl: string;
}

/** What `--chaos` is told. */
export interface ChaosSettings {
  readonly seed: number;
  readonly calls: number;
  readonly callsPerMinute: number;
  /** How long everything may take to settle once the faults have stopped. */
  readonly settleSeconds: number;
}

export interface LocalOptions {
  readonly port: number;
  /** Where the console is served; another one where that is taken, 0 for any. */
  readonly consolePort: number;
  readonly dataDirectory: string;
  readonly keepAtTwilioSeconds: number;
  readonly once: boolean;
  /** Runs calls under faults that are drawn from a seed, and judges what is left. */
  readonly chaos?: ChaosSettings | undefined;
  /** WAV file with the caller's voice. */
  readonly callerFile?: string | undefined;
  /** `http(s)://…` under which Twilio reaches this machine, without a trailing slash. */
  readonly publicUrl?: string | undefined;
  readonly awsEndpoint?: string | undefined;
  /** With an account, no Twilio server starts. */
  readonly twilio?: TwilioAccount | undefined;
}

export const HELP = `Runs the call recorder on this machine: what cdk deploy would create, with emulators instead of AWS
and, unless credentials are given, a simulated Twilio. A first call is placed right away.

  npm start -- [options]

  --port N               port of both APIs, http://127.0.0.1:N and ws://127.0.0.1:N (default 3000)
  --console-port N       port of the console, which listens on 127.0.0.1 alone (default 3001; another if it is taken)
  --data DIR             where everything is kept between two starts (default .local)
  --keep-at-twilio TIME  how long Twilio's copy is kept, for example 90s, 15m, 24h, 7d (default 24h)
  --once                 records one call, follows it to its very end with that time shortened to 3 s,
                         and exits: 0 if every step was seen to happen, 1 if not
  --chaos SEED           places calls while backends fail and functions are killed, as drawn from the seed (a whole
                         number), then judges what is left: 0 if nothing was lost, 1 if not; that time is 5 s here
  --calls N              calls under --chaos (default 20)
  --calls-per-minute N   how fast they come (default 10)
  --settle TIME          how long everything may take to settle afterwards (default 20m)
  --caller FILE.wav      the caller's voice, any WAV file
  --public-url URL       address under which Twilio reaches this machine, for example a tunnel's
  --aws-endpoint URL     an AWS stand-in of your own (LocalStack, moto, …) instead of the emulators
  --help                 shows this

For calls to a real number, set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and --public-url, and the number's Voice URL to
<public URL>/voice. TWILIO_API_KEY_SID and TWILIO_API_KEY_SECRET are used for REST requests where they are set;
TWILIO_API_URL names another REST base than https://api.twilio.com.
`;

/** What --once keeps Twilio's copy for, unless --keep-at-twilio says otherwise. */
export const KEEP_AT_TWILIO_ONCE_SECONDS = 3;
/** The same for --chaos. */
export const KEEP_AT_TWILIO_CHAOS_SECONDS = 5;
const KEEP_AT_TWILIO_SECONDS = 24 * 3600;
const CONSOLE_PORT = 3001;

export type ParsedOptions =
  | { readonly kind: 'run'; readonly options: LocalOptions }
  | { readonly kind: 'help' }
  /** Each line says what is wrong and what to do. */
  | { readonly kind: 'wrong'; readonly problems: readonly string[] };

/** Reads the command line and the environment; reports all problems together. */
export function parseOptions(
  commandLine: readonly string[],
  environment: { readonly [name: string]: string | undefined },
): ParsedOptions {
  let values: ReturnType<typeof readCommandLine>;
  try {
    values = readCommandLine(commandLine);
  } catch (error) {
    const problem = error instanceof Error ? error.message.split('. To specify')[0] : String(error);
    return { kind: 'wrong', problems: [`${problem?.replace(/\.$/, '')}. See --help.`] };
  }
  if (values.help) return { kind: 'help' };

  const problems: string[] = [];
  const port = portOf('port', values.port, problems);
  const givenConsolePort = values['console-port'];
  // A user who takes any port for the APIs needs no fixed one for the console either.
  const consolePort =
    givenConsolePort === undefined ? port && CONSOLE_PORT : portOf('console-port', givenConsolePort, problems);
  const keep = values['keep-at-twilio'];
  const keepSeconds = keep === undefined ? undefined : parseDuration(keep);
  if (keep !== undefined && keepSeconds === undefined) {
    problems.push(`--keep-at-twilio ${keep}: a time in whole seconds such as 90s, 15m, 24h, 7d or 1h30m is needed.`);
  }
  const publicUrl = checkedUrl('--public-url', values['public-url'], problems);
  const awsEndpoint = checkedUrl('--aws-endpoint', values['aws-endpoint'], problems);
  const twilio = twilioAccount(environment, problems);
  if (twilio !== undefined && publicUrl === undefined) {
    problems.push('TWILIO_ACCOUNT_SID is set: Twilio must reach this machine, so --public-url URL is needed as well.');
  }
  if (twilio !== undefined && values.caller !== undefined) {
    problems.push('--caller is for the simulated Twilio: with TWILIO_ACCOUNT_SID set, callers bring their own voice.');
  }
  if (twilio !== undefined && values.once) {
    problems.push('--once is for the simulated Twilio: unset TWILIO_ACCOUNT_SID.');
  }
  const chaos = chaosSettings(values, problems);
  if (chaos !== undefined && (twilio ?? publicUrl ?? awsEndpoint) !== undefined) {
    problems.push(
      '--chaos needs the simulated Twilio and the emulators: leave out TWILIO_ACCOUNT_SID, --public-url, --aws-endpoint.',
    );
  }
  if (problems.length > 0) return { kind: 'wrong', problems };
  const shortened = values.once ? KEEP_AT_TWILIO_ONCE_SECONDS : chaos && KEEP_AT_TWILIO_CHAOS_SECONDS;
  return {
    kind: 'run',
    options: {
      ...{ port, consolePort },
      dataDirectory: values.data,
      keepAtTwilioSeconds: keepSeconds ?? shortened ?? KEEP_AT_TWILIO_SECONDS,
      once: values.once,
      callerFile: values.caller,
      ...{ chaos, publicUrl, awsEndpoint, twilio },
    },
  };
}

function portOf(option: string, text: string, problems: string[]): number {
  if (!/^\d+$/.test(text) || Number(text) > 65_535) {
    problems.push(`--${option} ${text}: a port is a number from 0 to 65535.`);
  }
  return Number(text);
}

function readCommandLine(commandLine: readonly string[]) {
  const { values } = parseArgs({
    args: [...commandLine],
    options: {
      port: { type: 'string', default: '3000' },
      'console-port': { type: 'string' },
      data: { type: 'string', default: '.local' },
      'keep-at-twilio': { type: 'string' },
      once: { type: 'boolean', default: false },
      chaos: { type: 'string' },
      calls: { type: 'string' },
      'calls-per-minute': { type: 'string' },
      settle: { type: 'string' },
      caller: { type: 'string' },
      'public-url': { type: 'string' },
      'aws-endpoint': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  return values;
}

function chaosSettings(
  values: ReturnType<typeof readCommandLine>,
  problems: string[],
): LocalOptions['chaos'] | undefined {
  const { chaos, once, calls = '20', 'calls-per-minute': callsPerMinute = '10', settle = '20m' } = values;
  if (chaos === undefined) {
    const given = (['calls', 'calls-per-minute', 'settle'] as const).filter((name) => values[name] !== undefined);
    if (given.length > 0) problems.push(`${given.map((name) => `--${name}`).join(', ')}: these go with --chaos SEED.`);
    return undefined;
  }
  if (once) problems.push('--once and --chaos are two different runs: choose one.');
  if (!/^\d{1,10}$/.test(chaos)) problems.push(`--chaos ${chaos}: a seed is a whole number of up to ten digits.`);
  if (!/^[1-9]\d{0,4}$/.test(calls)) problems.push(`--calls ${calls}: a whole number from 1 to 99999 is needed.`);
  if (!(Number(callsPerMinute) > 0)) problems.push(`--calls-per-minute ${callsPerMinute}: a number above 0 is needed.`);
  const settleSeconds = parseDuration(settle);
  if (settleSeconds === undefined) problems.push(`--settle ${settle}: a time such as 90s or 20m is needed.`);
  return {
    seed: Number(chaos),
    calls: Number(calls),
    callsPerMinute: Number(callsPerMinute),
    settleSeconds: settleSeconds ?? 0,
  };
}

function checkedUrl(option: string, text: string | undefined, problems: string[]): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search + url.hash === '') {
    return url.origin;
  }
  problems.push(`${option} ${text}: a URL such as https://example.com is needed, without a path.`);
  return undefined;
}

function twilioAccount(
  environment: { readonly [name: string]: string | undefined },
  problems: string[],
): TwilioAccount | undefined {
  const value = (name: string) => environment[name] || undefined;
  const accountSid = value('TWILIO_ACCOUNT_SID');
  const authToken = value('TWILIO_AUTH_TOKEN');
  const apiKeySid = value('TWILIO_API_KEY_SID');
  const apiKeySecret = value('TWILIO_API_KEY_SECRET');
  const apiUrl = value('TWILIO_API_URL');
  if (accountSid === undefined) {
    const names = ['TWILIO_AUTH_TOKEN', 'TWILIO_API_KEY_SID', 'TWILIO_API_URL'].filter(value);
    if (names.length > 0) problems.push(`${names.join(', ')} without TWILIO_ACCOUNT_SID: set it too, or unset them.`);
    return undefined;
  }
  const before = problems.length;
  if (!/^AC[0-9a-f]{32}$/.test(accountSid)) {
    problems.push('TWILIO_ACCOUNT_SID must be AC and 32 hex digits, as the Twilio Console shows it.');
  }
  if (authToken === undefined) {
    problems.push(
      "TWILIO_ACCOUNT_SID is set: TWILIO_AUTH_TOKEN is needed too, since Twilio's requests are signed with it (an API key alone cannot check them).",
    );
  }
  if ((apiKeySid === undefined) !== (apiKeySecret === undefined)) {
    problems.push('TWILIO_API_KEY_SID and TWILIO_API_KEY_SECRET belong together: set both or none.');
  }
  if (apiKeySid !== undefined && !/^SK[0-9a-f]{32}$/.test(apiKeySid)) {
    problems.push('TWILIO_API_KEY_SID must be SK and 32 hex digits.');
  }
  const checkedApiUrl = checkedUrl('TWILIO_API_URL', apiUrl, problems);
  if (problems.length > before || authToken === undefined) return undefined;
  return {
    accountSid,
    authToken,
    ...(apiKeySid === undefined || apiKeySecret === undefined ? {} : { apiKeySid, apiKeySecret }),
    apiUrl: checkedApiUrl ?? 'https://api.twilio.com',
  };
}
