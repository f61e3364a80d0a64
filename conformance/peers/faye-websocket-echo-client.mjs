// `faye-websocket` as the client under test: echoes, and connects again after each end of a
// connection.
import { requirePeer } from './installed.mjs';

const { Client } = requirePeer('faye-websocket');
const [url] = process.argv.slice(2);

function connect() {
  const socket = new Client(url, [], { maxLength: 1_048_576 });
  let refused = false;
  socket.on('error', ({ message }) => {
    refused = message.includes('ECONNREFUSED');
  });
  socket.on('message', ({ data }) => socket.send(data));
  socket.on('close', () => {
    if (!refused) connect();
  });
}

connect();
