/**
 * Sends every message back. Settings come from the environment: PORT (default any), MAX_PAYLOAD in
 * bytes, HANDSHAKE_TIMEOUT_MS, CLOSE_TIMEOUT_MS, DEFLATE=1 for compression.
 */
import { WebSocketServer } from '@pairwire/websocket';

const { PORT, DEFLATE, MAX_PAYLOAD, HANDSHAKE_TIMEOUT_MS, CLOSE_TIMEOUT_MS } = process.env;
/** @param {string | undefined} text */
const numberFrom = (text) => (text === undefined ? undefined : Number(text));

const server = new WebSocketServer({
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
  },
});

const { port } = await server.listen(Number(PORT ?? 0));
console.log(`listening ${port}`);

process.once('SIGTERM', () => void server.close());
process.once('SIGINT', () => void server.close());
