import { WebSocketServer } from 'ws';
import { listenWith } from '../servers/ws-shaped.mjs';

export const listen = (options) => listenWith(WebSocketServer, options);
