/** A small application for the tests: answers TwiML, holds the stream's other end, notes the webhooks it gets. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { validateRequest } from 'twilio/lib/webhooks/webhooks.js';
import { type WebSocket, WebSocketServer } from 'ws';

export interface Webhook {
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly signed: boolean;
  readonly idempotencyToken: string;
}

export interface Message {
  readonly event: string;
  readonly sequenceNumber?: string;
  readonly streamSid?: string;
  readonly [name: string]: unknown;
}

export interface Application {
  readonly url: string;
  readonly streamUrl: string;
  readonly webhooks: Webhook[];
  readonly messages: Message[];
  /** Whether each handshake was signed over the stream's URL. */
  readonly handshakes: boolean[];
  /** Resolves with the first webhook that fits, also one that came before. */
  webhook(fits: (webhook: Webhook) => boolean): Promise<Webhook>;
  close(): Promise<void>;
}

export interface Behavior {
  readonly authToken: string;
  /** TwiML for a path. */
  readonly twiml?: (webhook: Webhook, application: Application) => string;
  /** Status of the answer to other webhooks; 204 unless given. */
  readonly status?: (webhook: Webhook, earlier: number) => number;
  /** Takes requests and answers none. */
  readonly silent?: boolean;
  readonly onMessage?: (socket: WebSocket, message: Message) => void;
}

export async function startApplication(behavior: Behavior): Promise<Application> {
  const webhooks: Webhook[] = [];
  const messages: Message[] = [];
  const handshakes: boolean[] = [];
  const waiting = new Set<() => void>();
  const sockets = new WebSocketServer({ noServer: true });

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const webhook = readWebhook(request, Buffer.concat(chunks).toString(), application.url, behavior.authToken);
      const { path } = webhook;
      const earlier = webhooks.filter((other) => other.path === path).length;
      webhooks.push(webhook);
      if (behavior.silent) {
        for (const check of waiting) check();
        return;
      }
      if (path.startsWith('/voice')) {
        const twiml = behavior.twiml?.(webhook, application) ?? '<Response/>';
        response.writeHead(200, { 'Content-Type': 'text/xml' }).end(twiml);
      } else {
        response.writeHead(behavior.status?.(webhook, earlier) ?? 204).end();
      }
      for (const check of waiting) check();
    });
  });
  server.on('upgrade', (request, socket, head) => {
    const signature = String(request.headers['x-twilio-signature']);
    handshakes.push(validateRequest(behavior.authToken, signature, application.streamUrl, {}));
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      accepted.on('message', (data) => {
        const message: Message = JSON.parse(data.toString());
        messages.push(message);
        behavior.onMessage?.(accepted, message);
      });
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;

  const application: Application = {
    url: `http://127.0.0.1:${port}`,
    streamUrl: `ws://127.0.0.1:${port}/stream`,
    webhooks,
    messages,
    handshakes,
    webhook(fits) {
      return new Promise((done) => {
        const check = (): void => {
          const found = webhooks.find(fits);
          if (!found) return;
          waiting.delete(check);
          done(found);
        };
        waiting.add(check);
        check();
      });
    },
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
  return application;
}

function readWebhook({ url, headers }: IncomingMessage, body: string, base: string, authToken: string): Webhook {
  const path = url ?? '';
  const parameters = Object.fromEntries(new URLSearchParams(body));
  return {
    path,
    parameters,
    signed: validateRequest(authToken, String(headers['x-twilio-signature']), base + path, parameters),
    idempotencyToken: String(headers['i-twilio-idempotency-token']),
  };
}
