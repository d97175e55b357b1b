import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import type { AwsRequest } from './emulator-process.ts';
import { accessKeyIdOf } from './serve.ts';

/** An event as the bus hands it to its rules. */
export interface BusEvent {
  readonly id: string;
  readonly bus: string;
  readonly source: string;
  readonly detailType: string;
  /** ISO 8601, in whole seconds. */
  readonly time: string;
  readonly detail: { readonly [name: string]: unknown };
}

export interface EventsServerOptions {
  /** Keeps what was accepted, one event a line, as JSON. */
  readonly file: string;
  readonly port?: number;
  readonly now?: () => Date;
  readonly onRequest?: (request: AwsRequest) => void;
  readonly onEvent?: (event: BusEvent) => void;
}

export interface EventsServer {
  readonly url: string;
  close(): Promise<void>;
}

interface Entry {
  readonly EventBusName?: unknown;
  readonly Source?: unknown;
  readonly DetailType?: unknown;
  readonly Detail?: unknown;
  /** Seconds since 1970. */
  readonly Time?: unknown;
}

class EventsError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * PutEvents of EventBridge's JSON 1.1 protocol. Buses need not be made first; there are no rules and no targets: what is
 * accepted lies in a file, and is told to whoever started the server.
 *
 * Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
export async function startEventsServer(options: EventsServerOptions): Promise<EventsServer> {
  mkdirSync(dirname(options.file), { recursive: true });
  const server = createServer((request, response) => {
    const operation = String(request.headers['x-amz-target'] ?? '').replace('AWSEvents.', '');
    const accessKeyId = accessKeyIdOf(request.headers.authorization);
    options.onRequest?.({ accessKeyId, service: 'eventbridge', operation });
    void answer(request, response, (body) => {
      if (operation === 'PutEvents') return putEvents(options, body);
      throw new EventsError('UnknownOperationException', `Local mode does not know ${operation}.`);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  act: (body: { readonly Entries?: unknown }) => object,
): Promise<void> {
  let status = 200;
  let result: object;
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    result = act(JSON.parse(Buffer.concat(chunks).toString('utf8')));
  } catch (error) {
    status = error instanceof EventsError || error instanceof SyntaxError ? 400 : 500;
    const code =
      error instanceof EventsError ? error.code : status === 400 ? 'SerializationException' : 'InternalException';
    result = { __type: code, message: error instanceof Error ? error.message : String(error) };
  }
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() });
  response.end(JSON.stringify(result));
}

/** Ten entries a request, 256 KB together. */
const ENTRIES_MAX = 10;
const BYTES_MAX = 262_144;

/** The request fails as a whole where its form is wrong; a single entry is refused in its own place of the reply. */
function putEvents(options: EventsServerOptions, { Entries: entries }: { readonly Entries?: unknown }): object {
  if (!Array.isArray(entries) || entries.length < 1 || entries.length > ENTRIES_MAX) {
    throw new EventsError('ValidationException', `Entries must be 1 to ${ENTRIES_MAX} entries.`);
  }
  if (Buffer.byteLength(JSON.stringify(entries)) > BYTES_MAX) {
    throw new EventsError('ValidationException', 'Total size of the entries in the request is over the limit.');
  }
  const results = entries.map((entry: Entry) => putEvent(options, entry));
  return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
}

function putEvent({ file, onEvent, now = () => new Date() }: EventsServerOptions, entry: Entry): object {
  const { EventBusName = 'default', Source, DetailType, Detail, Time } = entry;
  const refused = (ErrorCode: string, ErrorMessage: string) => ({ ErrorCode, ErrorMessage });
  for (const [name, value] of Object.entries({ Source, DetailType, Detail })) {
    if (typeof value !== 'string' || value === '') {
      return refused('InvalidArgument', `Parameter ${name} is not valid. Reason: ${name} is a required argument.`);
    }
  }
  const detail = jsonObject(String(Detail));
  if (detail === undefined) return refused('MalformedDetail', 'Detail is malformed.');
  const event: BusEvent = {
    id: randomUUID(),
    bus: String(EventBusName),
    source: String(Source),
    detailType: String(DetailType),
    // The service keeps whole seconds.
    time: (typeof Time === 'number' ? new Date(Time * 1000) : now()).toISOString().replace(/\.\d+Z$/, 'Z'),
    detail,
  };
  appendFileSync(file, `${JSON.stringify(event)}\n`, { mode: 0o600 });
  onEvent?.(event);
  return { EventId: event.id };
}

function jsonObject(text: string): BusEvent['detail'] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as BusEvent['detail'])
      : undefined;
  } catch {
    return undefined;
  }
}
