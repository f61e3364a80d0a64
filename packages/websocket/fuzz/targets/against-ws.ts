import { driveConnection } from '../connection-driver.ts';
import {
  joinInput,
  randomSettingBytes,
  readConnectionInput,
  type ConnectionInput,
} from '../connection-input.ts';
import { Fault, checkSameEvents } from '../fault.ts';
import { generateStream } from '../frame-grammar.ts';
import { walkFrames } from '../frame-walker.ts';
import { KNOWN_DIFFERENCES, type Disagreement } from '../known-differences.ts';
import type { Target } from '../target.ts';
import { readWithWs } from '../ws-receiver.ts';
import { ProtocolError, type ProtocolErrorCode } from '../../src/protocol/errors.ts';

/** Our connection and the reader of `ws` judge the same bytes alike, but for the known differences. */
export const againstWs: Target = {
  name: 'against-ws',
  format: 'hex',
  generate(random) {
    const settingBytes = randomSettingBytes(random);
    const { role, deflate } = readConnectionInput(settingBytes).settings;
    const compressed = deflate === undefined ? undefined : 'now and then';
    return joinInput(settingBytes, generateStream(random, { role, compressed }));
  },
  async run(input) {
    const disagreement = await compareWithWs(input);
    if (disagreement === undefined || explain(disagreement) !== undefined) return;
    const { ours, theirs } = disagreement;
    checkSameEvents(ours, theirs, 'ws reads the same');
    throw new Fault('ws reads the same');
  },
};

/** Undefined: no difference. */
export async function compareWithWs(input: Uint8Array): Promise<Disagreement | undefined> {
  const { settings, stream } = comparable(readConnectionInput(input));
  const ours = driveConnection({ settings, stream });
  const theirs = await readWithWs({ settings, stream });
  let same = 0;
  while (same < ours.length && isSame(ours[same], theirs[same])) same++;
  if (same === ours.length && same === theirs.length) return undefined;
  const spans = walkFrames(stream);
  return { ours: ours.slice(same), theirs: theirs.slice(same), settings, spans, stream };
}

/** The name of the known difference. */
export function explain(disagreement: Disagreement): string | undefined {
  return KNOWN_DIFFERENCES.find(({ explains }) => explains(disagreement))?.name;
}

/**
 * ws delivers lengths that are not minimal, has no streams, and takes a limit of 0 for none. With
 * context takeover, one message with a final block that the two read differently would make them
 * differ in all that follow, so there is none; takeover is compared with zlib by the target `codec`.
 */
function comparable({ settings, stream }: ConnectionInput): ConnectionInput {
  const { deflate } = settings;
  return {
    stream,
    settings: {
      ...settings,
      maxMessageBytes: Math.max(settings.maxMessageBytes, 1),
      maxStreamBytes: 0,
      refuseNonMinimalLengths: false,
      deflate: deflate && { ...deflate, decompressContextTakeover: false },
    },
  };
}

function isSame(ours: string | undefined, theirs: string | undefined): boolean {
  if (ours === theirs) return true;
  const code = ours?.startsWith('fail ') === true ? ours.slice('fail '.length) : undefined;
  if (code === undefined) return false;
  return theirs === `fail ${new ProtocolError(code as ProtocolErrorCode).closeCode}`;
}
