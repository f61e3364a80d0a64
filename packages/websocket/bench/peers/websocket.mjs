import { createServer } from 'node:http';
import websocket from 'websocket';

export function listen({ broadcast, maxMessageBytes }) {
  const httpServer = createServer();
  const server = new websocket.server({
    httpServer,
    autoAcceptConnections: false,
    maxReceivedFrameSize: maxMessageBytes,
    maxReceivedMessageSize: maxMessageBytes,
  });
  server.on('request', (request) => {
    const connection = request.accept(null, request.origin);
    connection.on('message', ({ type, utf8Data, binaryData }) => {
      const data = type === 'utf8' ? utf8Data : binaryData;
      if (!broadcast) connection.send(data);
      else for (const other of server.connections) other.send(data);
    });
  });
  return new Promise((resolve) => {
    httpServer.listen(0, '127.0.0.1', () => resolve(httpServer.address().port));
  });
}
