// Everything in this folder runs twice, against `ws` and against the facade: what `ws` does is what
// the test expects, word for word.
import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, onTestFinished } from 'vitest';
import * as facade from '@pairwire/websocket/compat';

export type Library = typeof facade;

/** The CommonJS entry, which is where the statics are. */
const require = createRequire(import.meta.url);
const folder = dirname(require.resolve('ws/package.json'));
export const original = require(join(folder, 'index.js')) as Library;

const libraries: readonly { readonly name: string; readonly library: Library }[] = [
  { name: 'ws', library: original },
  { name: 'the facade', library: facade },
];

/** The same tests for each of the two. */
export function describeBoth(title: string, tests: (library: Library) => void): void {
  describe.each(libraries)(`$name: ${title}`, ({ library }) => {
    tests(library);
  });
}

export type Socket = InstanceType<Library['WebSocket']>;
export type Server = InstanceType<Library['WebSocketServer']>;

/** A server on a port of its own that is gone when the test is over. */
export async function startServer(
  { WebSocketServer }: Library,
  options: facade.ServerOptions = {},
): Promise<{ readonly server: Server; readonly port: number; readonly url: string }> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, ...options });
  onTestFinished(() => stop(server));
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { server, port, url: `ws://127.0.0.1:${port}/` };
}

/** Both ends of one connection, open. */
export async function connect(
  library: Library,
  {
    server: serverOptions = {},
    client: clientOptions = {},
  }: { server?: facade.ServerOptions; client?: facade.ClientOptions } = {},
) {
  const { server, port, url } = await startServer(library, serverOptions);
  const accepted = once(server, 'connection');
  const client = new library.WebSocket(url, clientOptions);
  const opened = once(client, 'open');
  const [accepter] = (await accepted) as [Socket];
  await opened;
  return { server, port, url, client, accepter };
}

export interface ClosedBy {
  readonly code: number;
  readonly reason: string;
}

/** Unlike `once`, does not end with an `error`. */
export function closeOf(socket: Socket): Promise<ClosedBy> {
  return new Promise((resolve) => {
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
}

interface Received {
  readonly data: facade.RawData;
  readonly isBinary: boolean;
  /** The bytes as text, when they come as a Buffer. */
  readonly text: string | undefined;
}

/** The next `count` messages, in order. */
export function messagesOf(socket: Socket, count: number): Promise<Received[]> {
  return new Promise((resolve) => {
    const messages: Received[] = [];
    const collect = (data: facade.RawData, isBinary: boolean): void => {
      messages.push({
        data,
        isBinary,
        text: data instanceof Buffer ? data.toString() : undefined,
      });
      if (messages.length < count) return;
      socket.off('message', collect);
      resolve(messages);
    };
    socket.on('message', collect);
  });
}

export function sent(run: (callback: (error?: Error) => void) => void): Promise<Error | undefined> {
  return new Promise((resolve) => run((error) => resolve(error ?? undefined)));
}

function stop(server: Server): Promise<void> {
  for (const client of server.clients ?? []) client.terminate();
  return new Promise((resolve) => server.close(() => resolve()));
}
