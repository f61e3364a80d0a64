/** A WebSocket beside the routes of Hono on Node. PORT from the environment. */
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { WebSocketServer } from '@pairwire/websocket';

const { fetch } = new Hono().get('/', (context) => context.text('hello'));
const http = serve({ fetch, port: Number(process.env.PORT ?? 0), hostname: '127.0.0.1' });
new WebSocketServer({
  path: '/echo',
  handler: { message: (connection, message) => connection.send(message) },
}).attach(http);
http.on('listening', () => console.log('listening', http.address()));
