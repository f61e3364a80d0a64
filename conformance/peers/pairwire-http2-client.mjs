// Our engine as the client under test, over HTTP/2 without TLS (h2c): echoes, and connects again
// after each end of a connection.
import { connectWebSocket } from '@pairwire/websocket';

const [url] = process.argv.slice(2);

for (let refused = false; !refused;) {
  try {
    await echo();
  } catch (error) {
    refused = error.cause?.code === 'ECONNREFUSED';
  }
}

/** Ends with the connection. */
function echo() {
  return new Promise((resolve, reject) => {
    connectWebSocket(url, {
      http2: 'only',
      compression: true,
      handler: {
        message(connection, { data }) {
          // A peer that does not read its echoes is not read from either.
          if (!connection.send(data)) connection.pause();
        },
        drain: (connection) => connection.resume(),
        close: () => resolve(),
      },
    }).catch(reject);
  });
}
