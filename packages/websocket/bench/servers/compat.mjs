import { WebSocketServer } from '@pairwire/websocket/compat';
import { listenWith } from './ws-shaped.mjs';

export const listen = (options) => listenWith(WebSocketServer, options);
