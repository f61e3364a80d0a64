export type {
  Channel,
  ChannelClose,
  ChannelHandler,
  ChannelState,
  TransportName,
} from './channel.ts';
export { ChannelCloseCode } from './close-code.ts';
export { ChannelError, InvalidStateError, type ChannelErrorCode } from './errors.ts';
export { DEFAULT_MAX_PACKET_BYTES, type Packet } from './packet.ts';
export { CHANNEL_PATH, SUBPROTOCOL, WEBSOCKET_PATH } from './subprotocol.ts';
