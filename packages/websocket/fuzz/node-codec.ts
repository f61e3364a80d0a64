import { Counters } from '../src/node/counters.ts';
import { DeflateCodec } from '../src/node/deflate-codec.ts';
import type { DeflateParameters } from '../src/protocol/permessage-deflate.ts';

/** What Node's I/O layer gives to a connection; short messages are compressed, too. */
export function createNodeCodec(parameters: DeflateParameters): DeflateCodec {
  const settings = { thresholdBytes: 0, level: 6, maxMemoryBytes: Infinity };
  return new DeflateCodec(parameters, settings, new Counters());
}
