/** The server that Bun brings; this file runs in Bun only. */
export function listen({ broadcast, compression, maxMessageBytes }) {
  const server = globalThis.Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch(request, self) {
      return self.upgrade(request) ? undefined : new Response('', { status: 426 });
    },
    websocket: {
      maxPayloadLength: maxMessageBytes,
      backpressureLimit: 64 * 1_048_576,
      perMessageDeflate: compression,
      open(socket) {
        if (broadcast) socket.subscribe('all');
      },
      message(socket, data) {
        if (broadcast) server.publish('all', data);
        else socket.send(data, compression);
      },
    },
  });
  return server.port;
}
