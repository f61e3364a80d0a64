/** `/echo` and `/chat`: two small WebSocket endpoints to try a client on. They hold no state. */
import type { IncomingMessage } from 'node:http';

import { WebSocketServer, type OriginPolicy, type WebSocketConnection } from '@pairwire/websocket';

/** They are for trying things out; the relay's connections must not go short because of them. */
const MAX_CONNECTIONS = 1_000;
const MAX_NAME_BYTES = 4_096;

/** Sends every message back as it came. A client that does not read is not read from either. */
export function createEchoServer(origins: OriginPolicy): WebSocketServer {
  return new WebSocketServer({
    origins,
    maxConnections: MAX_CONNECTIONS,
    handler: {
      message(connection, message) {
        if (!connection.send(message.data)) connection.pause();
      },
      drain(connection) {
        connection.resume();
      },
    },
  });
}

/** Who is shown a connection to `/chat`. */
export interface ChatWatcher {
  opened(connection: WebSocketConnection): void;
}

/** Greets: a name comes in, `您好,` and the name (with an ASCII comma) goes out. */
export function createChatServer(
  origins: OriginPolicy,
  watcherOf: (request: IncomingMessage) => ChatWatcher | undefined = () => undefined,
): WebSocketServer<ChatWatcher | undefined> {
  return new WebSocketServer({
    origins,
    maxConnections: MAX_CONNECTIONS,
    maxMessageBytes: MAX_NAME_BYTES,
    authorize: watcherOf,
    handler: {
      open(connection) {
        connection.context?.opened(connection);
      },
      message(connection, message) {
        if (message.type !== 'text') return connection.close(1003, 'a name is text');
        if (!connection.send(`您好,${message.data}`)) connection.pause();
      },
      drain(connection) {
        connection.resume();
      },
    },
  });
}
