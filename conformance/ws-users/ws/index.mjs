export * from '@pairwire/websocket/compat';
export { default } from '@pairwire/websocket/compat';
