// The relay as `pairwire relay` runs it, without its log and metrics.
import { createServer } from 'node:http';
import { RelayServer } from '../../packages/pairwire/dist/relay/index.js';
import { serveAsChild } from './child.mjs';

const relay = new RelayServer();
const server = createServer((request, response) => {
  if (!relay.handleRequest(request, response)) response.writeHead(404).end();
});
server.on('upgrade', (request, socket, head) => {
  if (!relay.handleUpgrade(request, socket, head)) socket.destroy();
});
serveAsChild(server);
