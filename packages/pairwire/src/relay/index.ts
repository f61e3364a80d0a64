export type { RelayOptions } from './options.ts';
export { RelayServer } from './relay-server.ts';
