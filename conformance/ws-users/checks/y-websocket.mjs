import { createDecoder, readVarUint } from 'lib0/decoding';
import { createEncoder, length, toUint8Array, writeVarUint } from 'lib0/encoding';
import { WebSocket, WebSocketServer } from 'ws';
import { readSyncMessage, writeSyncStep1, writeUpdate } from 'y-protocols/sync';
import { WebsocketProvider } from 'y-websocket';
import { Doc } from 'yjs';
import { listen, same } from '../http.mjs';

const SYNC = 0;

export const connections = { server: 2, client: 2 };

export default async function check() {
  const { server, port } = await listen();
  serve(new WebSocketServer({ server }), new Doc());
  const url = `ws://127.0.0.1:${port}`;
  const options = { WebSocketPolyfill: WebSocket, disableBc: true };
  const [first, second] = [new Doc(), new Doc()];
  const providers = [first, second].map((doc) => new WebsocketProvider(url, 'room', doc, options));
  await Promise.all(
    providers.map((provider) => new Promise((resolve) => provider.once('sync', resolve))),
  );
  const arrived = new Promise((resolve) => second.once('update', resolve));
  first.getText('text').insert(0, '您好');
  await arrived;
  same(second.getText('text').toString(), '您好');
  for (const provider of providers) provider.destroy();
  server.close();
  return 'a text from one document to another';
}

/** What a y-websocket server does at the least: keeps one document in step. */
function serve(sockets, doc) {
  sockets.on('connection', (socket) => {
    socket.binaryType = 'arraybuffer';
    const sendSync = (write) => {
      const encoder = createEncoder();
      writeVarUint(encoder, SYNC);
      write(encoder);
      if (length(encoder) > 1) socket.send(toUint8Array(encoder));
    };
    const spread = (update, origin) => {
      if (origin !== socket) sendSync((encoder) => writeUpdate(encoder, update));
    };
    doc.on('update', spread);
    socket.on('close', () => doc.off('update', spread));
    socket.on('message', (data) => {
      const decoder = createDecoder(new Uint8Array(data));
      if (readVarUint(decoder) !== SYNC) return;
      sendSync((encoder) => readSyncMessage(decoder, encoder, doc, socket));
    });
    sendSync((encoder) => writeSyncStep1(encoder, doc));
  });
}
