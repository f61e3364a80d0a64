// Our engine as the server under test, over HTTP/2 without TLS (h2c).
import { createServer } from 'node:http2';
import { WebSocketServer } from '@pairwire/websocket';

const http = createServer();
new WebSocketServer({
  compression: true,
  handler: {
    message(connection, { data }) {
      // A peer that does not read its echoes is not read from either.
      if (!connection.send(data)) connection.pause();
    },
    drain: (connection) => connection.resume(),
  },
}).attach(http);
http.listen(0, '127.0.0.1', () => console.log(`listening ${http.address().port}`));
