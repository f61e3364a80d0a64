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
  const expected = readSlowly(role, stream, maxMessageBytes, {
    maxStreamBytes,
    lenientLengths: !refuseNonMinimalLengths,
    codec: parameters && createZlibCodec(parameters),
  });
  const events = driveConnection({ settings, stream });
  checkSameEvents(events, expected, 'the events are those of the slow reference');
}
