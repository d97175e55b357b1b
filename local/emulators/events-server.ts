import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { AwsRequest } from './emulator-process.ts';
import { type JsonServer, ServiceError, serveJson } from './json-protocol.ts';

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
  readonly onRequest?: ((request: AwsRequest) => void) | undefined;
  readonly onEvent?: ((event: BusEvent) => void) | undefined;
}

interface Entry {
  readonly EventBusName?: unknown;
  readonly Source?: unknown;
  readonly DetailType?: unknown;
  readonly Detail?: unknown;
  /** Seconds since 1970. */
  readonly Time?: unknown;
}

/**
 * PutEvents of EventBridge's JSON 1.1 protocol. Buses need not be made first; there are no rules and no targets: what is
 * accepted lies in a file, and is passed to the code that started the server.
 *
 * Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
export async function startEventsServer(options: EventsServerOptions): Promise<JsonServer> {
  mkdirSync(dirname(options.file), { recursive: true });
  return serveJson<{ readonly Entries?: unknown }>({
    ...options,
    service: 'eventbridge',
    target: 'AWSEvents',
    perform(operation, body) {
      if (operation === 'PutEvents') return putEvents(options, body);
      throw new ServiceError('UnknownOperationException', `Local mode does not know ${operation}.`);
    },
  });
}

/** Ten entries a request, 256 KB together. */
const ENTRIES_MAX = 10;
const BYTES_MAX = 262_144;

/** The request fails as a whole where its form is wrong; a single entry is refused in its own place of the reply. */
function putEvents(options: EventsServerOptions, { Entries: entries }: { readonly Entries?: unknown }): object {
  if (!Array.isArray(entries) || entries.length < 1 || entries.length > ENTRIES_MAX) {
    throw new ServiceError('ValidationException', `Entries must be 1 to ${ENTRIES_MAX} entries.`);
  }
  if (Buffer.byteLength(JSON.stringify(entries)) > BYTES_MAX) {
    throw new ServiceError('ValidationException', 'Total size of the entries in the request is over the limit.');
  }
  const results = entries.map((entry: Entry) => putEvent(options, entry));
  return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
}

function putEvent({ file, onEvent }: EventsServerOptions, entry: Entry): object {
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
    time: new Date(typeof Time === 'number' ? Time * 1000 : Date.now()).toISOString().replace(/\.\d+Z$/, 'Z'),
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
