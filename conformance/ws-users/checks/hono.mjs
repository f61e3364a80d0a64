import { serve } from '@hono/node-server';
import { createNodeWebSocket } from '@hono/node-ws';
import { Hono } from 'hono';
import { WebSocket } from 'ws';
import { same } from '../http.mjs';

export const connections = { server: 1, client: 1 };

export default async function check() {
  const app = new Hono();
  const { injectWebSocket, upgradeWebSocket } = createNodeWebSocket({ app });
  const handlers = { onMessage: ({ data }, socket) => socket.send(`echo ${data}`) };
  app.get(
    '/echo',
    upgradeWebSocket(() => handlers),
  );
  const server = await new Promise((resolve) => {
    const started = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () =>
      resolve(started),
    );
  });
  injectWebSocket(server);
  const client = new WebSocket(`ws://127.0.0.1:${server.address().port}/echo`);
  client.on('open', () => client.send('您好'));
  const [data] = await new Promise((resolve) =>
    client.once('message', (...values) => resolve(values)),
  );
  same(data.toString(), 'echo 您好');
  const ended = new Promise((resolve) => client.once('close', resolve));
  client.close(1000);
  await ended;
  server.close();
  return 'echo';
}
