/** The server of `ws`, and of whatever has its shape. */
export async function listenWith(WebSocketServer, { broadcast, compression, maxMessageBytes }) {
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    maxPayload: maxMessageBytes,
    perMessageDeflate: compression,
  });
  server.on('connection', (socket) => {
    socket.on('error', () => {});
    socket.on('message', (data, isBinary) => {
      if (!broadcast) socket.send(data, { binary: isBinary });
      else for (const other of server.clients) other.send(data, { binary: isBinary });
    });
  });
  await new Promise((resolve) => server.once('listening', resolve));
  return server.address().port;
}
