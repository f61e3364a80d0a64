/** A WebSocket on a plain `node:http` server. PORT from the environment. */
import { createServer } from 'node:http';
import { HandshakeError, WebSocketServer } from '@pairwire/websocket';

const http = createServer((_, response) => response.end('hello'));
new WebSocketServer({
  path: '/echo',
  authorize({ headers }) {
    if (headers.cookie !== 'user=ada') throw new HandshakeError('PW_WS_UNAUTHORIZED');
  },
  handler: { message: (connection, message) => connection.send(message) },
}).attach(http);
http.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (http.address());
  console.log(`listening ${port}`);
});
