/** Names of docs/protocol/channel.md §3. */
export const CHANNEL_PATH = '/channel';
export const WEBSOCKET_PATH = `${CHANNEL_PATH}/websocket`;
/** Sec-WebSocket-Protocol value: the protocol and its version. */
export const SUBPROTOCOL = 'pairwire.channel.1';
