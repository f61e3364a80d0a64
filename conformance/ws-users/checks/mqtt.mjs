// A broker of thirty lines on createWebSocketStream; the client takes ws by itself.
import { connectAsync } from 'mqtt';
import mqttPacket from 'mqtt-packet';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { listen, same } from '../http.mjs';

export const connections = { server: 1, client: 1 };

export default async function check() {
  const { server, port } = await listen();
  const sockets = new WebSocketServer({
    server,
    handleProtocols: (names) => names.has('mqtt') && 'mqtt',
  });
  sockets.on('connection', (socket) => serve(createWebSocketStream(socket)));
  const client = await connectAsync(`ws://127.0.0.1:${port}/mqtt`);
  await client.subscribeAsync('news', { qos: 1 });
  const received = new Promise((resolve) => {
    client.once('message', (topic, payload) => resolve([topic, payload.toString()]));
  });
  await client.publishAsync('news', 'hello', { qos: 1 });
  same(await received, ['news', 'hello']);
  await client.endAsync();
  server.close();
  return 'subscribe, publish with acknowledgement, delivery';
}

/** @param {import('node:stream').Duplex} stream */
function serve(stream) {
  const parser = mqttPacket.parser();
  const send = (packet) => stream.write(mqttPacket.generate(packet));
  stream.on('data', (chunk) => parser.parse(chunk));
  stream.on('error', () => undefined);
  parser.on('packet', ({ cmd, messageId, topic, payload }) => {
    if (cmd === 'connect') send({ cmd: 'connack', returnCode: 0, sessionPresent: false });
    if (cmd === 'subscribe') send({ cmd: 'suback', messageId, granted: [1] });
    if (cmd === 'publish') {
      send({ cmd: 'puback', messageId });
      send({ cmd: 'publish', topic, payload, qos: 0, dup: false, retain: false });
    }
    if (cmd === 'disconnect') stream.end();
  });
}
