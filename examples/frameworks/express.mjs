/** A WebSocket beside the routes of Express. PORT from the environment. */
import express from 'express';
import { WebSocketServer } from '@pairwire/websocket';

const app = express().get('/', (_, response) => void response.send('hello'));
const http = app.listen(Number(process.env.PORT ?? 0), '127.0.0.1');
new WebSocketServer({
  path: '/echo',
  handler: { message: (connection, message) => connection.send(message) },
}).attach(http);
http.on('listening', () => console.log('listening', http.address()));
