/**
 * node echo-client.mjs URL: sends back everything it receives, connects again after each end of a
 * connection, and exits when the connection is refused. Settings as for echo-server.mjs.
 */
import { connectWebSocket } from '@pairwire/websocket';

const [url] = process.argv.slice(2);
if (url === undefined) {
  console.error('usage: node echo-client.mjs ws://host:port/path');
  process.exit(2);
}

const { DEFLATE, MAX_PAYLOAD, HANDSHAKE_TIMEOUT_MS, CLOSE_TIMEOUT_MS } = process.env;
/** @param {string | undefined} text */
const numberFrom = (text) => (text === undefined ? undefined : Number(text));

/**
 * Ends with the connection.
 *
 * @returns {Promise<void>}
 */
const echo = () =>
  new Promise((resolve, reject) => {
    connectWebSocket(url, {
      compression: DEFLATE === '1',
      maxMessageBytes: numberFrom(MAX_PAYLOAD),
      handshakeTimeoutMs: numberFrom(HANDSHAKE_TIMEOUT_MS),
      closeTimeoutMs: numberFrom(CLOSE_TIMEOUT_MS),
      handler: {
        message(connection, { data }) {
          // A peer that does not read its echoes is not read from either.
          if (!connection.send(data)) connection.pause();
        },
        drain(connection) {
          connection.resume();
        },
        close(_, { error }) {
          if (error !== undefined) console.error(error.message);
          resolve();
        },
      },
    }).catch(reject);
  });

for (let refused = false; !refused;) {
  await echo().catch((error) => {
    console.error(error.message);
    refused = error.cause?.code === 'ECONNREFUSED';
  });
}
