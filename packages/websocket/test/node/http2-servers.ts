/** HTTP/2 servers and raw streams for one test each. */
import { once } from 'node:events';
import {
  connect,
  createServer,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type Http2Server,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { WebSocketServer, type WebSocketServerOptions } from '@pairwire/websocket';

export interface Http2Setup<C> {
  readonly server: WebSocketServer<C>;
  readonly http: Http2Server;
  readonly port: number;
}

export async function startHttp2Server<C = undefined>(
  options: WebSocketServerOptions<C> = {},
  http: Http2Server = createServer(),
): Promise<Http2Setup<C>> {
  const server = new WebSocketServer<C>(options).attach(http);
  const port = await listenHttp2(http);
  onTestFinished(() => server.close({ timeoutMs: 100 }));
  return { server, http, port };
}

/** At the end of the test its sessions are cut. */
export async function listenHttp2(http: Http2Server): Promise<number> {
  const sessions = new Set<ServerHttp2Session>();
  http.on('session', (session) => sessions.add(session.on('error', () => {})));
  onTestFinished(async () => {
    // Node 20 loops for ever when a session is destroyed while it tells that a stream has closed.
    await new Promise((resolve) => setImmediate(resolve));
    for (const session of sessions) session.destroy();
    http.close();
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return (http.address() as AddressInfo).port;
}

/** A client that has the server's SETTINGS. */
export async function openSession(port: number): Promise<ClientHttp2Session> {
  const session = connect(`http://127.0.0.1:${port}`);
  session.on('error', () => {});
  onTestFinished(() => session.destroy());
  await once(session, 'remoteSettings');
  return session;
}

/** The request of RFC 8441 §5.1, with changes; null leaves a field out. */
export function requestStream(
  session: ClientHttp2Session,
  changes: Record<string, string | null> = {},
): ClientHttp2Stream {
  const fields: Record<string, string | null> = {
    ':method': 'CONNECT',
    ':protocol': 'websocket',
    ':scheme': 'https',
    ':path': '/chat',
    ':authority': 'server.example.com',
    'sec-websocket-version': '13',
    ...changes,
  };
  const headers: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(fields)) if (value !== null) headers[name] = value;
  const stream = session.request(headers, { endStream: false });
  stream.on('error', () => {});
  return stream;
}

export async function responseOf(stream: ClientHttp2Stream): Promise<IncomingHttpHeaders> {
  const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders];
  return headers;
}

/** Everything up to the end of the stream. */
export async function bodyOf(stream: ClientHttp2Stream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(stream, 'end');
  return Buffer.concat(chunks);
}
