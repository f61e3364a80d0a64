// `ws` as the client under test: echoes, and connects again after each end of a connection.
import { WebSocket } from 'ws';

const [url] = process.argv.slice(2);

function connect() {
  const socket = new WebSocket(url, { maxPayload: 1_048_576 });
  let refused = false;
  socket.on('error', (error) => {
    refused = error.code === 'ECONNREFUSED';
  });
  socket.on('message', (data, binary) => socket.send(data, { binary }));
  socket.on('close', () => {
    if (!refused) connect();
  });
}

connect();
