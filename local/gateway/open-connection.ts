import type { WebSocket } from 'ws';
import type { ConnectionContext } from './web-socket-events.ts';

export interface ConnectionLimits {
  readonly idleMilliseconds: number;
  readonly durationMilliseconds: number;
}

/** A connection that is closed after so long without a message, and after so long in all. */
export class OpenConnection {
  readonly context: ConnectionContext;
  lastActiveAt: Date;
  readonly #socket: WebSocket;
  readonly #now: () => Date;
  readonly #idle: NodeJS.Timeout;
  readonly #duration: NodeJS.Timeout;

  constructor(socket: WebSocket, context: ConnectionContext, now: () => Date, limits: ConnectionLimits) {
    this.context = context;
    this.lastActiveAt = now();
    this.#socket = socket;
    this.#now = now;
    const goAway = () => socket.close(1001, 'Going away');
    this.#idle = setTimeout(goAway, limits.idleMilliseconds);
    this.#duration = setTimeout(goAway, limits.durationMilliseconds);
  }

  touch(): void {
    this.#idle.refresh();
    this.lastActiveAt = this.#now();
  }

  /** Resolves once the message is on its way. */
  send(data: Buffer): Promise<void> {
    this.touch();
    return new Promise((resolve, reject) =>
      this.#socket.send(data, { binary: false }, (error) => (error ? reject(error) : resolve())),
    );
  }

  close(): void {
    this.#socket.close(1000, 'Connection Closed Normally');
  }

  /** The socket is closed: no more limits. */
  forget(): void {
    clearTimeout(this.#idle);
    clearTimeout(this.#duration);
  }
}
