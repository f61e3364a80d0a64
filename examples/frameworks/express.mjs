/** A WebSocket beside the routes of Express. PORT from the environment. */
import express from 'express';
import { HandshakeError, WebSocketServer } from '@pairwire/websocket';

const app = express().get('/', (_, response) => void response.send('hello'));
const http = app.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (http.address());
  console.log(`listening ${port}`);
});
new WebSocketServer({
  path: '/echo',
  authorize({ headers }) {
    if (headers.cookie !== 'user=ada') throw new HandshakeError('PW_WS_UNAUTHORIZED');
  },
  handler: { message: (connection, message) => connection.send(message) },
}).attach(http);
