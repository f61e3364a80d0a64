import type { DeflateParameters, MessageCodec } from '../../src/protocol/permessage-deflate.ts';
import { readSlowly } from '../../test/protocol/support/reference-endpoint.ts';
import { createZlibCodec } from '../../test/protocol/support/zlib-codec.ts';
import { driveConnection } from '../connection-driver.ts';
import {
  joinInput,
  randomDeflateSettingBytes,
  randomSettingBytes,
  readConnectionInput,
} from '../connection-input.ts';
import { checkSameEvents } from '../fault.ts';
import { createNodeCodec } from '../node-codec.ts';
import { generateStream } from '../frame-grammar.ts';
import type { Random } from '../random.ts';
import type { Target } from '../target.ts';

/** Any bytes on an open connection, in any split: the events of the slow reference, and no harm. */
export const connection: Target = {
  name: 'connection',
  format: 'hex',
  generate: (random) => generate(random, randomSettingBytes(random), 'now and then'),
  run,
};

/** The same, with compression always on and most messages compressed. */
export const deflate: Target = {
  name: 'deflate',
  format: 'hex',
  generate: (random) => generate(random, randomDeflateSettingBytes(random), 'mostly'),
  run,
};

function generate(
  random: Random,
  settingBytes: Uint8Array,
  compressed: 'now and then' | 'mostly',
): Uint8Array {
  const { settings } = readConnectionInput(settingBytes);
  const { role } = settings;
  const peer = { role, compressed: settings.deflate === undefined ? undefined : compressed };
  return joinInput(settingBytes, generateStream(random, peer));
}

function run(input: Uint8Array): void {
  const { settings, stream } = readConnectionInput(input);
  const { role, maxMessageBytes, maxStreamBytes, refuseNonMinimalLengths } = settings;
  const { deflate: parameters } = settings;
  const codec = parameters && createReferenceCodec(parameters);
  const expected = readSlowly(role, stream, maxMessageBytes, {
    maxStreamBytes,
    lenientLengths: !refuseNonMinimalLengths,
    codec,
  });
  codec?.close?.();
  const events = driveConnection({ settings, stream });
  const simplify = (event: string) => (parameters === undefined ? event : withoutOrder(event));
  checkSameEvents(
    events.map(simplify),
    expected.map(simplify),
    'the events are those of the slow reference',
  );
}

/** Of a compressed message that breaks several rules, any may be noticed first. */
function withoutOrder(event: string): string {
  return /^fail PW_WS_(CORRUPT_COMPRESSED_DATA|INVALID_UTF8)$/.test(event)
    ? 'fail PW_WS_MESSAGE_TOO_BIG'
    : event;
}

/**
 * What a block that is cut off leaves behind for the next message is an accident of either codec, so
 * that with context takeover a plain one cannot be the reference; the target `codec` compares them.
 */
function createReferenceCodec(parameters: DeflateParameters): MessageCodec & { close?(): void } {
  return parameters.decompressContextTakeover
    ? createNodeCodec(parameters)
    : createZlibCodec(parameters);
}
