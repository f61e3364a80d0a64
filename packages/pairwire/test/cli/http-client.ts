/** A client that sends exactly the bytes it is told to, for requests that no HTTP library would make. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawResponse {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** Sends `head` as it is (CRLF for each LF) and reads until the server closes. */
export async function exchange(port: number, head: string): Promise<RawResponse> {
  const socket = connect(port, '127.0.0.1');
  socket.write(head.replaceAll('\n', '\r\n'));
  return parseResponse(await readAll(socket));
}

/** A request with `Connection: close`, so that the end of the response is the end of the stream. */
export function get(
  port: number,
  path: string,
  { method = 'GET', host = `127.0.0.1:${port}`, headers = '' } = {},
): Promise<RawResponse> {
  return exchange(
    port,
    `${method} ${path} HTTP/1.1\nHost: ${host}\nConnection: close\n${headers}\n`,
  );
}

export function upgradeHead(path: string, host: string, headers = ''): string {
  return (
    `GET ${path} HTTP/1.1\nHost: ${host}\nConnection: Upgrade\nUpgrade: websocket\n` +
    `Sec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n${headers}\n`
  );
}

async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // A server that refuses early may reset the connection; what it said before counts.
  socket.on('error', () => {});
  await once(socket, 'close');
  return Buffer.concat(chunks);
}

function parseResponse(bytes: Buffer): RawResponse {
  const end = bytes.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return {
    status: Number(statusLine.split(' ')[1]),
    headers: new Map(headers),
    body: bytes.subarray(end + 4),
  };
}
