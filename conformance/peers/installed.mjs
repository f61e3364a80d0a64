// Engines that the project itself does not use are installed beside the benchmark's peers.
import { createRequire } from 'node:module';

export const requirePeer = createRequire(
  new URL('../../packages/websocket/bench/peers/package.json', import.meta.url),
);
