// A channel server that returns every packet.
import { createServer } from 'node:http';
import { ChannelServer } from '@pairwire/channel/server';
import { serveAsChild } from './child.mjs';

const channels = new ChannelServer({
  accept: (channel) => ({ packet: (packet) => void channel.send(packet), close() {} }),
  // All of these clients come from one address.
  maxHttpChannelsPerAddress: 0,
});
const server = createServer();
channels.attach(server);
serveAsChild(server);
