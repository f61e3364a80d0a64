/**
 * node echo-client.mjs URL: sends back everything it receives, connects again after each end of a
 * connection, and exits when the connection is refused. Settings as for echo-server.mjs.
 */
import { WebSocket } from '@pairwire/websocket';

const [url] = process.argv.slice(2);
if (url === undefined) {
  console.error('usage: node echo-client.mjs ws://host:port/path');
  process.exit(2);
}

const { MAX_PAYLOAD, HANDSHAKE_TIMEOUT_MS, CLOSE_TIMEOUT_MS } = process.env;
const numberFrom = (text) => (text === undefined ? undefined : Number(text));
const options = {
  maxMessageBytes: numberFrom(MAX_PAYLOAD),
  handshakeTimeoutMs: numberFrom(HANDSHAKE_TIMEOUT_MS),
  closeTimeoutMs: numberFrom(CLOSE_TIMEOUT_MS),
};

function connect() {
  const socket = new WebSocket(url, [], options);
  let refused = false;
  socket.binaryType = 'arraybuffer';
  socket.onmessage = ({ data }) => socket.send(data);
  socket.onerror = ({ error }) => {
    console.error(error.message);
    refused = error.cause?.code === 'ECONNREFUSED';
  };
  socket.onclose = () => {
    if (!refused) connect();
  };
}

connect();
