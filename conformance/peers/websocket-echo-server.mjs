// `websocket` as the server under test.
import { createServer } from 'node:http';
import { requirePeer } from './installed.mjs';

const { server: WebSocketServer } = requirePeer('websocket');
const limit = 1_048_576;

const httpServer = createServer();
const server = new WebSocketServer({
  httpServer,
  autoAcceptConnections: false,
  maxReceivedFrameSize: limit,
  maxReceivedMessageSize: limit,
});
server.on('request', (request) => {
  const connection = request.accept(null, request.origin);
  connection.on('error', () => {});
  connection.on('message', ({ type, utf8Data, binaryData }) =>
    connection.send(type === 'utf8' ? utf8Data : binaryData),
  );
});
httpServer.listen(0, '127.0.0.1', () => console.log(`listening ${httpServer.address().port}`));
