// Code that is written against the types of `ws`, compiled by `npm run types` against the facade's.
import { createServer, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { expect, expectTypeOf, test } from 'vitest';
import WebSocket, {
  createWebSocketStream,
  WebSocketServer,
  type ClientOptions,
  type CloseEvent,
  type MessageEvent,
  type RawData,
  type ServerOptions,
} from '@pairwire/websocket/compat';

class Session extends WebSocket {
  isAlive = true;
}

/** Never called: what counts is that it compiles. */
export function uses(): Duplex {
  const clientOptions: ClientOptions = { headers: { a: 'b' }, rejectUnauthorized: false };
  const serverOptions: ServerOptions = {
    noServer: true,
    verifyClient: (info: { origin: string; secure: boolean; req: IncomingMessage }) => info.secure,
    handleProtocols: (protocols) => [...protocols][0] ?? false,
    perMessageDeflate: { threshold: 1024, zlibDeflateOptions: { level: 3 } },
  };
  const client = new WebSocket('wss://example.com', ['a'], clientOptions);
  client.on('message', (data, isBinary) => {
    expectTypeOf(data).toEqualTypeOf<RawData>();
    expectTypeOf(isBinary).toEqualTypeOf<boolean>();
  });
  client.on('close', function (code, reason) {
    expectTypeOf(this).toExtend<WebSocket>();
    expectTypeOf(code).toEqualTypeOf<number>();
    expectTypeOf(reason).toEqualTypeOf<Buffer>();
  });
  client.once('unexpected-response', (request, response) => {
    request.destroy();
    response.resume();
  });
  client.on('an event of ours', () => undefined);
  client.onmessage = ({ data, target }: MessageEvent) => target.send(data);
  client.addEventListener('close', ({ wasClean }: CloseEvent) => wasClean, { once: true });
  client.send('text', { binary: false, compress: true, fin: true }, (error) => error?.message);
  client.send(new Uint8Array(1), (error?: Error) => error);
  const isOpen: boolean = client.readyState === WebSocket.OPEN;
  const server = new WebSocketServer(serverOptions, () => isOpen);
  const sessions = new WebSocketServer({ WebSocket: Session, port: 0 });
  sessions.on('connection', (session, request) => {
    expectTypeOf(session).toEqualTypeOf<Session>();
    expectTypeOf(request).toEqualTypeOf<IncomingMessage>();
  });
  createServer().on('upgrade', (request, socket, head) => {
    server.handleUpgrade(request, socket, head, (accepted, from) => {
      server.emit('connection', accepted, from);
    });
  });
  for (const one of server.clients) one.terminate();
  return createWebSocketStream(client, { encoding: 'utf8' });
}

test('the program above compiles', () => {
  expect(uses).toBeTypeOf('function');
});
