/**
 * The servers under test. Each starts on a free port of loopback and echoes, or with `broadcast` sends
 * every message to all.
 */
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';

export const engines = {
  async pairwire({ broadcast, maxMessageBytes }) {
    const { WebSocketServer } = await import('@pairwire/websocket');
    const server = new WebSocketServer({
      maxMessageBytes,
      maxBufferedBytes: 64 * 1_048_576,
      handler: {
        open(connection) {
          if (broadcast) server.subscribe(connection, 'all');
        },
        message(connection, message) {
          if (broadcast) server.publish('all', message);
          else connection.send(message);
        },
      },
    });
    return (await server.listen(0)).port;
  },

  async ws({ broadcast, maxMessageBytes }) {
    const { WebSocketServer } = await import('ws');
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', maxPayload: maxMessageBytes });
    server.on('connection', (socket) => {
      socket.on('message', (data, isBinary) => {
        if (!broadcast) socket.send(data, { binary: isBinary });
        else for (const other of server.clients) other.send(data, { binary: isBinary });
      });
    });
    await new Promise((resolve) => server.once('listening', resolve));
    return server.address().port;
  },

  /** The limit for anything on Node's sockets: the same bytes without a protocol. */
  async raw() {
    const server = createTcpServer({ noDelay: true }, (socket) => {
      socket.on('data', (chunk) => socket.write(chunk));
      socket.on('error', () => {});
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server.address().port;
  },

  /** The limit for opening handshakes on node:http: an answer that costs nothing to make. */
  async http() {
    const answer =
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n';
    const server = createServer();
    server.on('upgrade', (_, socket) => {
      socket.on('error', () => {});
      socket.on('data', () => {});
      socket.write(answer);
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server.address().port;
  },
};
