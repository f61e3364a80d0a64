/** Servers for one test each: whatever was started is stopped when the test is over. */
import { onTestFinished } from 'vitest';
import {
  WebSocketServer,
  type ConnectionClose,
  type ConnectionHandler,
  type WebSocketConnection,
  type WebSocketServerOptions,
} from '@pairwire/websocket';
import { RawPeer } from './raw-peer.ts';

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

export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
}

/** What `Promise.withResolvers` gives on newer Nodes. */
export function createDeferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** A server with one raw peer connected, and what becomes of that connection. */
export async function openOne(
  options: Omit<WebSocketServerOptions, 'handler'> = {},
  handler: ConnectionHandler = { message() {} },
) {
  const opened = createDeferred<WebSocketConnection>();
  const closed = createDeferred<ConnectionClose>();
  const { server, port } = await startServer<unknown>({
    ...options,
    handler: {
      ...handler,
      open: (connection) => {
        opened.resolve(connection);
        return handler.open?.(connection);
      },
      close: (connection, close) => {
        closed.resolve(close);
        return handler.close?.(connection, close);
      },
    },
  });
  const peer = await RawPeer.open(port);
  return { server, port, peer, connection: await opened.promise, closed: closed.promise };
}

/** The only connection of a server. */
export function onlyConnection<C>(server: WebSocketServer<C>): WebSocketConnection<C> {
  const [connection, ...others] = server.connections;
  if (connection === undefined || others.length > 0) {
    throw new Error(`expected one connection, there are ${server.connections.size}`);
  }
  return connection;
}

/** An item that must be there. */
export function at<T>(list: readonly T[], index: number): T {
  const item = list.at(index);
  if (item === undefined) throw new Error(`no item ${index} of ${list.length}`);
  return item;
}

/** Lets both ends do what they can do without help. */
export async function untilQuiet(probe: () => number): Promise<void> {
  for (let before = -1, same = 0; same < 20;) {
    await new Promise((resolve) => setImmediate(resolve));
    const now = probe();
    same = now === before ? same + 1 : 0;
    before = now;
  }
}
