import websocket from '@fastify/websocket';
import Fastify from 'fastify';
import { WebSocket } from 'ws';
import { same } from '../http.mjs';

export const connections = { server: 1, client: 1 };

export default async function check() {
  const app = Fastify();
  await app.register(websocket, { options: { maxPayload: 1024 } });
  app.get('/echo', { websocket: true }, (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const client = new WebSocket(`ws://127.0.0.1:${app.server.address().port}/echo`);
  await new Promise((resolve) => client.once('open', resolve));
  await echo(client, '您好');
  const ended = new Promise((resolve) => client.once('close', resolve));
  client.close(1000);
  await ended;
  await app.close();
  return 'echo';
}

async function echo(client, text) {
  const received = new Promise((resolve) => client.once('message', resolve));
  client.send(text);
  same((await received).toString(), text);
}
