// `websocket` as the client under test: echoes, and connects again after each end of a connection.
import { requirePeer } from './installed.mjs';

const { client: WebSocketClient } = requirePeer('websocket');
const [url] = process.argv.slice(2);
const limit = 1_048_576;

function connect() {
  const client = new WebSocketClient({
    maxReceivedFrameSize: limit,
    maxReceivedMessageSize: limit,
  });
  client.on('connectFailed', (error) => {
    if (error.code !== 'ECONNREFUSED') connect();
  });
  client.on('connect', (connection) => {
    connection.on('error', () => {});
    connection.on('close', connect);
    connection.on('message', ({ type, utf8Data, binaryData }) =>
      connection.send(type === 'utf8' ? utf8Data : binaryData),
    );
  });
  client.connect(url);
}

connect();
