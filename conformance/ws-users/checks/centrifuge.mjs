// A server of the JSON protocol as small as the client allows.
import { Centrifuge } from 'centrifuge';
import { WebSocket, WebSocketServer } from 'ws';
import { listen, same } from '../http.mjs';

export const connections = { server: 1, client: 1 };

export default async function check() {
  const { server, port } = await listen();
  new WebSocketServer({ server }).on('connection', serve);
  const client = new Centrifuge(`ws://127.0.0.1:${port}`, { websocket: WebSocket });
  const subscription = client.newSubscription('news');
  const received = new Promise((resolve) =>
    subscription.on('publication', ({ data }) => resolve(data)),
  );
  subscription.subscribe();
  client.connect();
  await subscription.ready();
  await subscription.publish({ text: '您好' });
  same(await received, { text: '您好' });
  const ended = new Promise((resolve) => client.once('disconnected', resolve));
  client.disconnect();
  await ended;
  server.close();
  return 'subscribe, publish, delivery';
}

function serve(socket) {
  socket.on('message', (data) => {
    for (const line of data.toString().split('\n')) {
      const { id, connect, subscribe, publish } = JSON.parse(line);
      if (connect !== undefined) send(socket, { id, connect: { client: 'one', version: '0' } });
      if (subscribe !== undefined) send(socket, { id, subscribe: {} });
      if (publish === undefined) continue;
      send(socket, { id, publish: {} });
      send(socket, { push: { channel: publish.channel, pub: { data: publish.data } } });
    }
  });
}

function send(socket, reply) {
  socket.send(JSON.stringify(reply));
}
