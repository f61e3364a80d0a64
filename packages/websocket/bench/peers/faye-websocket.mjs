import { createServer } from 'node:http';
import WebSocket from 'faye-websocket';

export function listen({ broadcast, maxMessageBytes }) {
  const sockets = new Set();
  const server = createServer();
  server.on('upgrade', (request, stream, head) => {
    const socket = new WebSocket(request, stream, head, [], { maxLength: maxMessageBytes });
    sockets.add(socket);
    socket.on('message', ({ data }) => {
      if (!broadcast) socket.send(data);
      else for (const other of sockets) other.send(data);
    });
    socket.on('close', () => sockets.delete(socket));
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(server.address().port));
  });
}
