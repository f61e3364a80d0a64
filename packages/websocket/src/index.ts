export {
  ConnectionError,
  HandshakeError,
  InvalidStateError,
  ProtocolError,
  type ConnectionErrorCode,
  type ConnectionErrorOptions,
  type FindingCode,
  type HandshakeErrorCode,
  type HandshakeErrorOptions,
  type ProtocolErrorCode,
} from './protocol/index.ts';
export type { CompressionOptions } from './node/compression.ts';
export { connectWebSocket, type TypedConnectOptions } from './node/connect-websocket.ts';
export { clientCounters, type Counters } from './node/counters.ts';
export type { DiagnosticsEvents, DiagnosticsName, LenientRule } from './node/diagnostics.ts';
export { CloseEvent, ErrorEvent, MessageEvent } from './node/events.ts';
export { messageStreams, type MessageStreams } from './node/message-streams.ts';
export type { MessageStream } from './node/message-stream.ts';
export type { BinaryMessage, Message, TextMessage } from './node/message.ts';
export type {
  ConnectionLimits,
  ConnectOptions,
  Http2Choice,
  OriginPolicy,
  OverflowPolicy,
  ProtocolChoice,
  WebSocketInit,
  WebSocketOptions,
  WebSocketServerOptions,
} from './node/options.ts';
export type { ProxyOptions } from './node/proxy-tunnel.ts';
export type { SendOptions } from './node/outgoing-message.ts';
export type { StreamChunk, StreamOptions, StreamSource } from './node/outgoing-stream.ts';
export type {
  AgreedConnection,
  ConnectionOf,
  SubprotocolConnection,
  Subprotocols,
} from './node/subprotocols.ts';
export type { PublishResult } from './node/topics.ts';
export type {
  ConnectionClose,
  ConnectionHandler,
  DroppedMessage,
  SendableData,
  WebSocketConnection,
} from './node/websocket-connection.ts';
export { isOriginAllowed } from './node/upgrade-policy.ts';
export {
  WebSocketServer,
  type ListenOptions,
  type PublishOptions,
  type ServerCloseOptions,
} from './node/websocket-server.ts';
export { WebSocket, type BinaryType } from './node/websocket.ts';
export { WebSocketError, type WebSocketCloseInfo } from './node/websocket-error.ts';
export {
  WebSocketStream,
  type WebSocketOpenInfo,
  type WebSocketStreamOptions,
} from './node/websocket-stream.ts';
