// `ws` as the server under test.
import { WebSocketServer } from 'ws';

const maxPayload = 1_048_576;
const server = new WebSocketServer({ port: 0, maxPayload, perMessageDeflate: true });
server.on('listening', () => console.log(`listening ${server.address().port}`));
server.on('connection', (socket) => {
  socket.on('error', () => {});
  socket.on('message', (data, binary) => socket.send(data, { binary }));
});
