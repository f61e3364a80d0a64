export {
  ChannelCloseCode,
  ChannelError,
  InvalidStateError,
  type Channel,
  type ChannelClose,
  type ChannelErrorCode,
  type ChannelHandler,
  type ChannelState,
  type Packet,
  type TransportName,
} from '../protocol/index.ts';
export { LadderMemory, type LadderMemoryOptions, type LadderStorage } from './ladder-memory.ts';
export { connectChannel } from './channel-client.ts';
export type { Fetch } from './http-exchanges.ts';
export type { ChannelClientOptions } from './options.ts';
export type { WebSocketConstructor, WebSocketLike } from './websocket-transport.ts';
