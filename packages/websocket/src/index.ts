export type { Message, SendableData } from './node/message.ts';
export type {
  ConnectionLimits,
  OriginPolicy,
  ProtocolChoice,
  WebSocketServerOptions,
} from './node/options.ts';
export {
  WebSocketConnection,
  type ConnectionClose,
  type ConnectionHandler,
} from './node/websocket-connection.ts';
export { WebSocketServer } from './node/websocket-server.ts';
export {
  WebSocket,
  type CloseEvent,
  type MessageEvent,
  type WebSocketOptions,
} from './node/websocket.ts';
