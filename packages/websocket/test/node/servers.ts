/** Servers for one test each: whatever was started is stopped when the test is over. */
import { onTestFinished } from 'vitest';
import {
  WebSocketServer,
  type ConnectionHandler,
  type WebSocketServerOptions,
} from '@pairwire/websocket';

export interface RunningServer<C> {
  readonly server: WebSocketServer<C>;
  readonly port: number;
  readonly url: string;
}

export async function startServer<C = undefined>(
  options: WebSocketServerOptions<C> = {},
): Promise<RunningServer<C>> {
  const server = new WebSocketServer<C>(options);
  const { port } = await server.listen(0);
  onTestFinished(() => server.close({ timeoutMs: 100 }));
  return { server, port, url: `ws://127.0.0.1:${port}/` };
}

/** Sends everything back, at the pace of the peer. */
export const ECHO: ConnectionHandler = {
  message(connection, { data }) {
    if (!connection.send(data)) connection.pause();
  },
  drain(connection) {
    connection.resume();
  },
};
