/** A WebSocket beside the routes of Hono on Node. PORT from the environment. */
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { HandshakeError, WebSocketServer } from '@pairwire/websocket';

const app = new Hono().get('/', (context) => context.text('hello'));
const http = serve(
  { fetch: app.fetch, port: Number(process.env.PORT ?? 0), hostname: '127.0.0.1' },
  ({ port }) => console.log(`listening ${port}`),
);
new WebSocketServer({
  path: '/echo',
  authorize({ headers }) {
    if (headers.cookie !== 'user=ada') throw new HandshakeError('PW_WS_UNAUTHORIZED');
  },
  handler: { message: (connection, message) => connection.send(message) },
}).attach(http);
