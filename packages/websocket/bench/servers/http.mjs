/** The limit for opening handshakes on node:http: an answer that costs nothing to make. */
import { createServer } from 'node:http';

const ANSWER =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n';

export function listen() {
  const server = createServer();
  server.on('upgrade', (_, socket) => {
    socket.on('error', () => {});
    socket.on('data', () => {});
    socket.write(ANSWER);
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(server.address().port));
  });
}
