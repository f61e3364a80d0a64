export { Gateway } from './gateway.ts';
export { GatewayCloseCode } from './gateway-pipe.ts';
export { GATEWAY_DEFAULTS, type GatewayOptions } from './options.ts';
