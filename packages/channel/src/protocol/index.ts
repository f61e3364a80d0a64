export type {
  Channel,
  ChannelClose,
  ChannelHandler,
  ChannelState,
  TransportName,
} from './channel.ts';
export { ChannelCloseCode } from './close-code.ts';
export { ChannelError, InvalidStateError, type ChannelErrorCode } from './errors.ts';
export type { Packet } from './packet.ts';
export { CHANNEL_PATH } from './subprotocol.ts';
