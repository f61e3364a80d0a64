export { Gateway } from './gateway.ts';
export { GatewayCloseCode } from './gateway-pipe.ts';
export { GATEWAY_DEFAULTS } from './options.ts';
export type { GatewayLimits, GatewayLog, GatewayOptions } from './options.ts';
