/** What hangs on the class itself, as in `ws`, where that is all there is to require. */
import { createWebSocketStream } from './stream.ts';
import { WebSocketServer } from './websocket-server.ts';
import { WebSocket } from './websocket.ts';

WebSocket.Server = WebSocketServer;
WebSocket.WebSocketServer = WebSocketServer;
WebSocket.WebSocket = WebSocket;
WebSocket.createWebSocketStream = createWebSocketStream;

export { createWebSocketStream, WebSocket, WebSocketServer };
