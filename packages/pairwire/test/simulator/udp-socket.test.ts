import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIP } from 'node:net';
import { afterEach, expect, test } from 'vitest';

import { connectUdpSocket, type ConnectedUdpSocket } from '../../src/simulator/udp-socket.ts';
import { findFreePort } from '../../../../test/free-port.ts';

let server: Socket | undefined;
let connection: ConnectedUdpSocket | undefined;

afterEach(() => {
  server?.close();
  connection?.close();
  server = undefined;
  connection = undefined;
});

async function listen(): Promise<number> {
  server = createSocket('udp4').bind(0, '127.0.0.1');
  await once(server, 'listening');
  server.on('message', (datagram, { address, port }) => server?.send(datagram, port, address));
  return server.address().port;
}

/** Sends until it is answered, as the message layer does. */
async function exchange(addresses: readonly string[], port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const end = (result: string) => {
      clearInterval(timer);
      resolve(result);
    };
    connectUdpSocket({
      host: 'name',
      port,
      receive: (datagram) => end(Buffer.from(datagram).toString()),
      unreachable: () => end('unreachable'),
      lookup: () =>
        Promise.resolve(addresses.map((address) => ({ address, family: isIP(address) }))),
    }).then((connected) => {
      connection = connected;
      timer = setInterval(() => connected.send(Buffer.from('hello')), 5);
    }, reject);
  });
}

test('an address where nobody listens gives way to the next one of the name', async () => {
  expect(await exchange(['::1', '127.0.0.1'], await listen())).toBe('hello');
});

test('when nobody listens at any of them, the user is told', async () => {
  expect(await exchange(['::1', '127.0.0.1'], await findFreePort())).toBe('unreachable');
});

test('a name without an address is refused', async () => {
  await expect(exchange([], 1)).rejects.toThrow(/no address/);
});

test('after close nothing is sent, and nothing is thrown', async () => {
  expect(await exchange(['127.0.0.1'], await listen())).toBe('hello');
  connection?.close();
  expect(() => connection?.send(Buffer.from('late'))).not.toThrow();
  connection = undefined;
});
