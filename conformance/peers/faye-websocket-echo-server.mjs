// `faye-websocket` as the server under test.
import { createServer } from 'node:http';
import { requirePeer } from './installed.mjs';

const WebSocket = requirePeer('faye-websocket');

const server = createServer();
server.on('upgrade', (request, stream, head) => {
  const socket = new WebSocket(request, stream, head, [], { maxLength: 1_048_576 });
  socket.on('message', ({ data }) => socket.send(data));
});
server.listen(0, '127.0.0.1', () => console.log(`listening ${server.address().port}`));
