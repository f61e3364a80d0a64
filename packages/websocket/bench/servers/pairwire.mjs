import { WebSocketServer } from '@pairwire/websocket';

export async function listen({ broadcast, compression, maxMessageBytes }) {
  const server = new WebSocketServer({
    maxMessageBytes,
    maxBufferedBytes: 64 * 1_048_576,
    compression,
    handler: {
      open(connection) {
        if (broadcast) server.subscribe(connection, 'all');
      },
      message(connection, message) {
        if (broadcast) server.publish('all', message);
        else connection.send(message);
      },
    },
  });
  return (await server.listen(0)).port;
}
