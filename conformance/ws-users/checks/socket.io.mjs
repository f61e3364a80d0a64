// Through `overrides`: server and client both import ws themselves.
import { Server } from 'socket.io';
import { io } from 'socket.io-client';
import { listen, same } from '../http.mjs';

export const connections = { server: 2, client: 2 };

/** @param {object} [options] - for the server */
export default async function check(options = {}) {
  const { server, port } = await listen();
  const hub = new Server(server, { perMessageDeflate: true, ...options });
  hub.on('connection', (socket) => {
    socket.on('add', (a, b, done) => done(a + b));
    socket.on('shout', (bytes) => hub.emit('heard', bytes));
  });
  const url = `http://127.0.0.1:${port}`;
  // One from the start, one that begins with polling and is upgraded.
  const direct = io(url, { transports: ['websocket'], forceNew: true });
  const upgraded = io(url, { forceNew: true });
  await new Promise((resolve) => upgraded.once('connect', resolve));
  if (upgraded.io.engine.transport.name !== 'websocket') {
    await new Promise((resolve) => upgraded.io.engine.once('upgrade', resolve));
  }
  same(await direct.emitWithAck('add', 2, 3), 5);
  const heard = Promise.all(
    [direct, upgraded].map((socket) => new Promise((resolve) => socket.once('heard', resolve))),
  );
  upgraded.emit('shout', Buffer.from([1, 2, 3]));
  for (const bytes of await heard) same([...bytes], [1, 2, 3]);
  direct.disconnect();
  upgraded.disconnect();
  await hub.close();
  return 'acknowledgement, binary broadcast, upgrade from polling';
}
