/** A small HTTP proxy for one test each: it takes CONNECT, and knows who asked for what. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export const key = readFileSync(new URL('fixtures/localhost.key', import.meta.url));
export const cert = readFileSync(new URL('fixtures/localhost.crt', import.meta.url));

export interface ConnectProxy {
  /** With user and password, if told. */
  readonly url: string;
  readonly requests: readonly IncomingMessage[];
  /** Of clients, closed ones too. */
  readonly sockets: readonly Socket[];
}

export interface ProxyBehaviour {
  secure?: boolean;
  /** `user:password` in the URL. */
  credentials?: string;
  /** Written in place of the answer; then nothing more happens. */
  answer?: string;
}

export async function startProxy(behaviour: ProxyBehaviour = {}): Promise<ConnectProxy> {
  const { secure = false, credentials, answer } = behaviour;
  const requests: IncomingMessage[] = [];
  const sockets: Socket[] = [];
  const server = secure ? createHttpsServer({ key, cert }) : createHttpServer();
  server.on('connection', (socket: Socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
  });
  server.on('connect', (request: IncomingMessage, client: Socket, head: Buffer) => {
    requests.push(request);
    client.on('error', () => {});
    if (answer !== undefined) {
      client.write(answer, 'latin1');
      return;
    }
    tunnel(request.url ?? '', client, head);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  const user = credentials === undefined ? '' : `${credentials}@`;
  const url = secure ? `https://${user}localhost:${port}` : `http://${user}127.0.0.1:${port}`;
  return { url, requests, sockets };
}

function tunnel(authority: string, client: Socket, head: Buffer): void {
  const { hostname, port } = new URL(`http://${authority}`);
  const server = connect(Number(port), hostname, () => {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    server.write(head);
    server.pipe(client).pipe(server);
  });
  server.on('error', () => client.destroy());
  client.on('close', () => server.destroy());
}
