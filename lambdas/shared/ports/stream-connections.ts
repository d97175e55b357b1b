/** Open WebSocket connections to callers' streams. */

export interface StreamConnections {
  /** @returns `gone` where the caller has hung up. */
  send(connectionId: string, message: string): Promise<'sent' | 'gone'>;
  close(connectionId: string): Promise<void>;
}
