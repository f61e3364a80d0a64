// `undici` as the client under test: echoes, and connects again after each end of a connection.
// It has no server, and no limit of its own for messages.
import { requirePeer } from './installed.mjs';

const { WebSocket } = requirePeer('undici');
const [url] = process.argv.slice(2);

function connect() {
  const socket = new WebSocket(url);
  let refused = false;
  socket.binaryType = 'arraybuffer';
  socket.addEventListener('error', ({ error }) => {
    refused = String(error?.cause?.code ?? error?.code ?? error).includes('ECONNREFUSED');
  });
  socket.addEventListener('message', ({ data }) => socket.send(data));
  socket.addEventListener('close', () => {
    if (!refused) connect();
  });
}

connect();
