/** A WebSocket beside the routes of Fastify, closed with it. PORT from the environment. */
import Fastify from 'fastify';
import { WebSocketServer } from '@pairwire/websocket';

const app = Fastify().get('/', () => 'hello');
const server = new WebSocketServer({
  path: '/echo',
  handler: { message: (connection, message) => connection.send(message) },
}).attach(app.server);
app.addHook('preClose', () => server.close());
await app.listen({ port: Number(process.env.PORT ?? 0), host: '127.0.0.1' });
console.log('listening', app.server.address());
