// What a forwarder costs that does nothing else: two sockets with the same path, `ws`, no checks.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { serveAsChild } from './child.mjs';

/** @type {Map<string, import('ws').WebSocket>} */
const waiting = new Map();
const server = createServer();
new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket, request) => {
  const path = request.url ?? '';
  const other = waiting.get(path);
  if (other === undefined) {
    waiting.set(path, socket);
    return;
  }
  waiting.delete(path);
  socket.on('message', (data, isBinary) => other.send(data, { binary: isBinary }));
  other.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
});
serveAsChild(server);
