import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Duplex } from 'node:stream';

import type { WebSocketServerOptions } from './options.ts';
import type { WebSocketConnection } from './websocket-connection.ts';

export class WebSocketServer<C = unknown> {
  readonly connections: ReadonlySet<WebSocketConnection<C>> = new Set();
  readonly options: WebSocketServerOptions<C>;

  constructor(options: WebSocketServerOptions<C> = {}) {
    this.options = options;
  }

  attach(server: HttpServer | HttpsServer): this {
    server.on('upgrade', (request, socket, head) => this.handleUpgrade(request, socket, head));
    return this;
  }

  handleUpgrade(_request: IncomingMessage, socket: Duplex, _head: Buffer): void {
    socket.destroy();
  }

  async close(
    _options: { code?: number; reason?: string; timeoutMs?: number } = {},
  ): Promise<void> {}
}
