export {
  createWebSocketStream,
  WebSocket,
  WebSocket as default,
  WebSocketServer,
  WebSocketServer as Server,
} from './statics.ts';
export type { BinaryType, BufferLike, RawData } from './data.ts';
export type { SendCallback } from './facade-connection.ts';
export type {
  ClientOptions,
  FinishRequestCallback,
  PerMessageDeflateOptions,
  ServerOptions,
  VerifyClientCallbackAsync,
  VerifyClientCallbackSync,
  VerifyClientInfo,
} from './options.ts';
export type {
  CloseEvent,
  Data,
  ErrorEvent,
  Event,
  MessageEvent,
  WebSocketEventMap,
} from './types.ts';
export type { SendOptions } from './facade-sender.ts';
