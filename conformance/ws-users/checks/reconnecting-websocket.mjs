import ReconnectingWebSocket from 'reconnecting-websocket';
import { WebSocket, WebSocketServer } from 'ws';
import { listen, same } from '../http.mjs';

export const connections = { server: 2, client: 2 };

export default async function check() {
  const { server, port } = await listen();
  const sockets = new WebSocketServer({ server });
  let seen = 0;
  sockets.on('connection', (socket) => {
    seen += 1;
    const number = seen;
    socket.on('message', (data) =>
      socket.send(Buffer.concat([Buffer.from(`${number}: `), data]).toString()),
    );
    // The first is sent away, as by a server that restarts.
    if (number === 1) socket.once('message', () => setImmediate(() => socket.close(1012)));
  });
  const Class = ReconnectingWebSocket.default ?? ReconnectingWebSocket;
  const client = new Class(`ws://127.0.0.1:${port}`, [], { WebSocket, minReconnectionDelay: 1 });
  const answers = [];
  const done = new Promise((resolve) => {
    client.addEventListener('message', ({ data }) => {
      answers.push(data);
      if (answers.length === 2) resolve();
    });
  });
  client.addEventListener('open', () => client.send('hello'));
  await done;
  same(answers, ['1: hello', '2: hello']);
  client.close(1000);
  server.close();
  return 'messages before and after a reconnection';
}
