/** The states of a WebSocket by number: https://websockets.spec.whatwg.org/#dom-websocket-readystate */

export type ReadyState = 0 | 1 | 2 | 3;

export const CONNECTING = 0;
export const OPEN = 1;
export const CLOSING = 2;
export const CLOSED = 3;
export const STATES = ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'] as const;
