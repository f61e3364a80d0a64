// Through the option `wsEngine`, with a class that counts what it was asked to do.
import { WebSocketServer } from '@pairwire/websocket/compat';
import { same } from '../http.mjs';
import checkSocketIo from './socket.io.mjs';

export const connections = { server: 2, client: 2 };

export default async function check() {
  let upgrades = 0;
  class Counting extends WebSocketServer {
    handleUpgrade(...values) {
      upgrades += 1;
      super.handleUpgrade(...values);
    }
  }
  const said = await checkSocketIo({ wsEngine: Counting });
  same(upgrades, 2);
  return `${said}; wsEngine took ${upgrades} upgrades`;
}
