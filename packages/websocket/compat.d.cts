import { WebSocket } from './dist/compat/index.js';

export = WebSocket;
