export {
  CHANNEL_PATH,
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
export { ChannelServer } from './channel-server.ts';
export type { ChannelServerOptions, ServerChannel } from './options.ts';
export { refuseUpgrade, type UpgradeRefusal } from './refuse-upgrade.ts';
