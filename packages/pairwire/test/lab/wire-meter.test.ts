import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

import { afterEach, expect, test } from 'vitest';

import { SocketMarks, WireMeter } from '../../src/lab/wire-meter.ts';

const meter = new WireMeter();
const marks = new SocketMarks();
const server = createServer((request, response) => {
  const start = marks.of(request.socket);
  marks.follow(request, response);
  if (request.url === '/counted') {
    response.once('close', meter.add('polling', request.socket, start));
  }
  request.resume().on('end', () => response.end('answer'));
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** Sends a request and reads its answer, on a connection that stays. @returns bytes of the answer */
async function ask(socket: Socket, request: string): Promise<number> {
  let bytes = 0;
  const answered = new Promise<void>((resolve) => {
    const read = (chunk: Buffer) => {
      bytes += chunk.length;
      if (!chunk.toString('latin1').endsWith('answer')) return;
      socket.off('data', read);
      resolve();
    };
    socket.on('data', read);
  });
  socket.write(request);
  await answered;
  return bytes;
}

test('a request costs its own bytes, to the last one, whatever went before on its connection', async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const head = (path: string, more = '') => `POST ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
  await ask(socket, head('/other', 'Cookie: something-long\r\nContent-Length: 3\r\n') + 'abc');
  const first = head('/counted', 'Content-Length: 5\r\n') + 'hello';
  const firstAnswer = await ask(socket, first);
  await ask(socket, head('/other', 'Content-Length: 0\r\n'));
  const second = head('/counted', 'Content-Length: 0\r\n');
  const secondAnswer = await ask(socket, second);
  await expect
    .poll(() => meter.read())
    .toEqual({
      polling: {
        receivedBytes: first.length + second.length,
        sentBytes: firstAnswer + secondAnswer,
        requests: 2,
      },
    });
  socket.destroy();
});
