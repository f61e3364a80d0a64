export type { Clock } from './clock.ts';
export {
  ENDED_LINK_LIFE_MS,
  type EndedLink,
  type LinkState,
  type LinkStore,
  type LiveLink,
  type StoredLink,
  type StoredSeat,
  type VersionedLink,
} from './link-store.ts';
export type { RelayLog } from './log.ts';
export { MemoryStore } from './memory-store.ts';
export { RELAY_DEFAULTS, type RelayLimits, type RelayOptions } from './options.ts';
export { RelayServer } from './relay-server.ts';
export { Relay, type RelayParts } from './relay.ts';
