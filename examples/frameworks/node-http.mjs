/** A WebSocket on a plain `node:http` server. PORT from the environment. */
import { createServer } from 'node:http';
import { WebSocketServer } from '@pairwire/websocket';

const http = createServer((_, response) => response.end('hello'));
new WebSocketServer({
  path: '/echo',
  handler: { message: (connection, message) => connection.send(message) },
}).attach(http);
http.listen(Number(process.env.PORT ?? 0), '127.0.0.1');
http.on('listening', () => console.log('listening', http.address()));
