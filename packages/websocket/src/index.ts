export {
  ConnectionError,
  HandshakeError,
  InvalidStateError,
  ProtocolError,
  type ConnectionErrorCode,
  type HandshakeErrorCode,
  type ProtocolErrorCode,
} from './protocol/index.ts';
export { connectWebSocket } from './node/connect-websocket.ts';
export { CloseEvent, ErrorEvent, MessageEvent } from './node/events.ts';
export type { BinaryMessage, Message, TextMessage } from './node/message.ts';
export type {
  ConnectionLimits,
  ConnectOptions,
  OriginPolicy,
  ProtocolChoice,
  WebSocketOptions,
  WebSocketServerOptions,
} from './node/options.ts';
export type {
  ConnectionClose,
  ConnectionHandler,
  SendableData,
  WebSocketConnection,
} from './node/websocket-connection.ts';
export { WebSocketServer, type ServerCloseOptions } from './node/websocket-server.ts';
export { WebSocket, type BinaryType } from './node/websocket.ts';
