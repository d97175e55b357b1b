/** The routes of the theatre: place calls, watch them, break things, count what is left. Under `/local/`, for this machine alone. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { FAULTS, type Fault } from '../../console/api/theatre-contract.ts';
import type { MoreRoutes } from '../../console/serve/server.ts';
import { readBody } from '../loopback.ts';
import type { System } from '../system/system.ts';
import { countRecordings } from './counters.ts';
import type { Switches } from './switches.ts';
import type { createTeller } from './told.ts';

export interface Theatre {
  readonly system: System;
  readonly switches: Switches;
  readonly teller: ReturnType<typeof createTeller>;
}

const BODY_BYTES_MAX = 1000;
const CALLS_MAX = 20;
/** How far apart calls come: no two at the same moment, as at a switchboard. */
const BETWEEN_MILLISECONDS = 150;

export function theatreRoutes(theatre: Theatre): MoreRoutes {
  const { system, switches } = theatre;
  const routes: {
    readonly [route: string]: (body: Body, request: IncomingMessage, response: ServerResponse) => unknown;
  } = {
    'GET /local/events': (_, request, response) => stream(theatre, request, response),
    'GET /local/faults': () => Object.fromEntries(FAULTS.map((fault) => [fault, switches.isBroken(fault)])),
    async 'POST /local/faults'({ fault, on }) {
      const known = FAULTS.find((one) => one === fault);
      if (known === undefined || typeof on !== 'boolean') throw new WrongRequest('fault and on are needed.');
      await switches.set(known satisfies Fault, on);
      return { fault, on };
    },
    async 'POST /local/calls'({ count }) {
      const isFitting = typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= CALLS_MAX;
      if (!isFitting) throw new WrongRequest(`count is a number from 1 to ${CALLS_MAX}.`);
      const placed = Array.from({ length: count }, async (_, index) => {
        await new Promise((resolve) => setTimeout(resolve, index * BETWEEN_MILLISECONDS));
        return (await system.placeCall()).callSid;
      });
      return { callSids: await Promise.all(placed) };
    },
    async 'POST /local/schedules'() {
      await system.runSchedules();
      return {};
    },
    'GET /local/counters': () => countRecordings(system),
  };
  return async (request, response, path) => {
    const route = routes[`${request.method} ${path}`];
    const send = (status: number, value: unknown) => {
      response.setHeader('content-type', 'application/json');
      response.writeHead(status).end(JSON.stringify(value));
    };
    if (route === undefined) return send(404, { error: 'There is no such route.' });
    try {
      const answer = await route(await bodyOf(request), request, response);
      if (answer !== undefined) send(200, answer);
    } catch (error) {
      if (!(error instanceof WrongRequest)) throw error;
      send(400, { error: error.message });
    }
  };
}

type Body = { readonly [name: string]: unknown };
class WrongRequest extends Error {}

async function bodyOf(request: IncomingMessage): Promise<Body> {
  if (request.method === 'GET') return {};
  const body = await readBody(request, BODY_BYTES_MAX);
  try {
    const value: unknown = JSON.parse(body?.toString() || '{}');
    if (typeof value === 'object' && value !== null) return value as Body;
  } catch {
    // As what is no object.
  }
  throw new WrongRequest('The body must be a JSON object.');
}

/** Server-sent events; `Last-Event-ID` says what the page has already. */
function stream({ teller }: Theatre, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(':\n\n');
  const last = Number(request.headers['last-event-id'] ?? 0) || 0;
  const end = teller.watch(last, (told) => response.write(`id: ${told.id}\ndata: ${JSON.stringify(told)}\n\n`));
  response.once('close', end);
}
