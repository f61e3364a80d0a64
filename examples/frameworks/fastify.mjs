/** A WebSocket beside the routes of Fastify, closed with it. PORT from the environment. */
import Fastify from 'fastify';
import { HandshakeError, WebSocketServer } from '@pairwire/websocket';

const app = Fastify().get('/', () => 'hello');
const server = new WebSocketServer({
  path: '/echo',
  authorize({ headers }) {
    if (headers.cookie !== 'user=ada') throw new HandshakeError('PW_WS_UNAUTHORIZED');
  },
  handler: { message: (connection, message) => connection.send(message) },
}).attach(app.server);
app.addHook('preClose', () => server.close());
await app.listen({ port: Number(process.env.PORT ?? 0), host: '127.0.0.1' });
const { port } = /** @type {import('node:net').AddressInfo} */ (app.server.address());
console.log(`listening ${port}`);
