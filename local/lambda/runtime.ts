/**
 * Runs inside an execution environment's process: loads the function's bundle and hands it one event at a time, as
 * Lambda's own Node.js runtime does. Handlers return promises; Node.js 24 on Lambda knows no callbacks any more.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { EnvironmentMessage, InvokeMessage, LambdaError, PlatformMessage, RuntimeArguments } from './protocol.ts';
import { AWSLAMBDA, named, ResponseStream, STREAMING } from './response-stream.ts';

type Handler = ((...given: readonly unknown[]) => unknown) & { readonly [STREAMING]?: unknown };

void run();

async function run(): Promise<void> {
  // Ctrl-C reaches the whole process group; the process that started this one also ends it.
  process.on('SIGINT', () => undefined);
  process.on('disconnect', () => process.exit());
  const given = JSON.parse(process.argv[2] ?? '{}') as RuntimeArguments;
  Object.assign(globalThis, { awslambda: AWSLAMBDA });
  let handler: Handler;
  try {
    handler = await loadHandler(given);
  } catch (error) {
    send({ type: 'initFailed', error: toLambdaError(error) });
    return;
  }
  process.on('message', (message: PlatformMessage) => {
    if (message.type === 'invoke') void invoke(handler, given, message);
    else streaming?.hear(message.type);
  });
  send({ type: 'ready' });
}

async function loadHandler({ taskRoot, handler }: RuntimeArguments): Promise<Handler> {
  const [file = '', ...path] = handler.split('.');
  const base = join(taskRoot, file);
  const found = ['.js', '.mjs', '.cjs'].map((ending) => `${base}${ending}`).find((candidate) => existsSync(candidate));
  if (found === undefined) throw named('Runtime.ImportModuleError', `Error: Cannot find module '${file}'`);
  const module: unknown = found.endsWith('.mjs')
    ? await import(pathToFileURL(found).href)
    : createRequire(join(taskRoot, 'index.js'))(found);
  let value = module;
  for (const name of path) value = (value as { readonly [name: string]: unknown } | undefined)?.[name];
  if (typeof value !== 'function') throw named('Runtime.HandlerNotFound', `${handler} is undefined or not exported`);
  return value as Handler;
}

/** The response of the event that is being worked on. */
let streaming: ResponseStream | undefined;

async function invoke(handler: Handler, { functionArn }: RuntimeArguments, message: InvokeMessage): Promise<void> {
  const context = {
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: functionArn,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    awsRequestId: message.requestId,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => message.deadline - Date.now(),
  };
  try {
    const event: unknown = JSON.parse(message.event);
    if (handler[STREAMING] === undefined) {
      const result = await handler(event, context);
      send({ type: 'returned', payload: JSON.stringify(result) ?? 'null' });
      return;
    }
    streaming = new ResponseStream(send);
    await handler(event, streaming, context);
    await streaming.whole();
    send({ type: 'returned', payload: 'null' });
  } catch (error) {
    send({ type: 'threw', error: toLambdaError(error) });
  } finally {
    streaming = undefined;
  }
}

function toLambdaError(error: unknown): LambdaError {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] };
}

function send(message: EnvironmentMessage): void {
  if (process.connected) process.send?.(message);
}
