export { CoapClient, type Observation } from './client.ts';
export { Code } from './code.ts';
export type { Environment, Peer } from './environment.ts';
export type { Transmission } from './exchange.ts';
export { formatLinks, WELL_KNOWN_CORE } from './link-format.ts';
export type { Message } from './message.ts';
export { ObserveSequence } from './observe.ts';
export {
  ContentFormat,
  findStrings,
  OptionNumber,
  pathOptions,
  stringOption,
  uintOption,
  type Option,
} from './option.ts';
export {
  DEFAULT_COAP_PORT,
  formatClose,
  parseClose,
  PIPE_PATH,
  PIPE_VERSION,
  type PipeClose,
} from './pipe.ts';
export { createRefusal, type CoapRequest, type CoapResponse } from './request.ts';
export { SegmentReader, SegmentWriter, type Packet, type SegmentError } from './segment.ts';
export { CoapServer } from './server.ts';
export type { CoapServerCounters, CoapServerLimits, Observer, Respond } from './server.ts';
export { TokenBucket } from './token-bucket.ts';
export type { TransmissionParameters } from './transmission.ts';
