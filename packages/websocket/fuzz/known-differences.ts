/**
 * Where our connection and the reader of `ws` 8.23 judge the same bytes differently, on purpose.
 *
 * Whatever is not in this table is a finding. `docs/topics/fuzzing.md` says how it is used; a test
 * sees to it that the corpus has an example of every entry.
 */
import { constants } from 'node:zlib';

import { concat, hex, toHex } from '../test/protocol/support/bytes.ts';
import { inflate } from '../test/protocol/support/inflate.ts';
import type { Settings } from './connection-input.ts';
import type { FrameSpan } from './frame-walker.ts';

/** What is put behind a compressed message before it is inflated (RFC 7692 §7.2.2). */
const TAIL = hex('0000ffff');

/** An empty block with BFINAL. */
const FINAL_BLOCK = hex('010000ffff');

/** One stream, read by both, from the first event on in which they differ. */
export interface Disagreement {
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
  readonly settings: Settings;
  readonly spans: readonly FrameSpan[];
  readonly stream: Uint8Array;
}

export interface KnownDifference {
  readonly name: string;
  readonly why: string;
  explains(disagreement: Disagreement): boolean;
}

/** Outcomes after which nothing was delivered: control frames at most, then the end. */
function deliversNothing(events: readonly string[]): boolean {
  return events.every((event) => !event.startsWith('text') && !event.startsWith('binary'));
}

const isOnly = (events: readonly string[], ...only: readonly string[]) =>
  events.length === only.length && only.every((event, index) => events[index] === event);

const isOneOf = (events: readonly string[], any: readonly string[]) =>
  events.length === 1 && any.includes(events[0] ?? '');

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    name: 'bad text at once',
    why: 'We fail the connection in the read that brings the first bad byte (§8.1); ws waits for the end of the message, and meanwhile answers control frames.',
    explains: ({ ours, theirs }) =>
      isOnly(ours, 'fail PW_WS_INVALID_UTF8') && deliversNothing(theirs),
  },
  {
    name: 'headers as a whole',
    why: 'We judge a header when all of it is there, ws as soon as its first two bytes are.',
    explains: ({ ours, theirs, spans, stream }) => {
      const lastEnd = spans.at(-1)?.end ?? 0;
      const isCutOff = lastEnd < stream.length;
      return ours.length === 0 && isCutOff && isOnly(theirs, 'fail 1002');
    },
  },
  {
    name: 'big lengths before the mask',
    why: 'As above: ws refuses a length before the masking key has come.',
    explains: ({ ours, theirs, spans, stream }) => {
      const lastEnd = spans.at(-1)?.end ?? 0;
      return ours.length === 0 && lastEnd < stream.length && isOnly(theirs, 'fail 1009');
    },
  },
  {
    name: 'top bit is malformed',
    why: 'A 64-bit length with its top bit set breaks §5.2: 1002. For ws it is one that is too big: 1009.',
    explains: ({ ours, theirs }) =>
      isOnly(ours, 'fail PW_WS_LENGTH_TOP_BIT') && isOnly(theirs, 'fail 1009'),
  },
  {
    name: 'length of a control frame in a longer field',
    why: 'With refuseNonMinimalLengths off we take such a length in control frames too; ws takes it in data frames only.',
    explains: ({ theirs, settings, spans }) =>
      !settings.refuseNonMinimalLengths &&
      isOnly(theirs, 'fail 1002') &&
      spans.some(({ opcode, lengthField }) => opcode >= 8 && lengthField > 7),
  },
  {
    name: 'compressed longer than inflated',
    why: 'Stored blocks make compressed data longer than the message, so we let it pass the limit by a little; ws holds the limit against both.',
    explains: ({ theirs, settings }) =>
      settings.deflate !== undefined && isOnly(theirs, 'fail 1009'),
  },
  {
    name: 'data behind a final block',
    why: 'A message goes on behind a block with BFINAL (RFC 7692 §7.2.3.4 itself puts one there): we inflate what follows. ws drops it, and begins anew with the next fragment.',
    explains: ({ settings, spans, stream }) =>
      settings.deflate !== undefined &&
      compressedMessages(stream, spans).some(hasDataBehindFinalBlock),
  },
  {
    name: 'inflated as it arrives',
    why: 'We inflate as much of a frame as has come, and fail the connection in the read that brings what is wrong; ws waits for the end of the frame, and meanwhile answers control frames.',
    explains: ({ ours, theirs, settings }) =>
      settings.deflate !== undefined &&
      isOneOf(ours, [
        'fail PW_WS_CORRUPT_COMPRESSED_DATA',
        'fail PW_WS_MESSAGE_TOO_BIG',
        'fail PW_WS_INVALID_UTF8',
      ]) &&
      deliversNothing(theirs),
  },
  {
    name: 'cut off inside a block',
    why: 'With the tail behind it, a compressed message must be whole blocks (RFC 7692 §7.2.1): we check it. ws delivers what there is of it.',
    explains: ({ ours, settings, spans, stream }) =>
      settings.deflate !== undefined &&
      isOnly(ours, 'fail PW_WS_CORRUPT_COMPRESSED_DATA') &&
      compressedMessages(stream, spans).some(isCutOff),
  },
];

/** Payloads of the compressed messages, joined; the last may be cut off. */
function compressedMessages(stream: Uint8Array, spans: readonly FrameSpan[]): Uint8Array[] {
  const messages: Uint8Array[] = [];
  let compressed = false;
  for (const { start, payloadStart, end, opcode, fin } of spans) {
    if (opcode >= 8) continue;
    if (opcode !== 0) {
      compressed = ((stream[start] ?? 0) & 0x40) !== 0;
      if (compressed) messages.push(new Uint8Array(0));
    }
    const last = messages.at(-1);
    if (!compressed || last === undefined) continue;
    const masked = ((stream[start + 1] ?? 0) & 0x80) !== 0;
    const mask = masked ? stream.subarray(payloadStart - 4, payloadStart) : new Uint8Array(4);
    const payload = stream
      .slice(payloadStart, end)
      .map((byte, index) => byte ^ (mask[index % 4] ?? 0));
    messages[messages.length - 1] = concat(last, payload);
    if (fin) compressed = false;
  }
  return messages;
}

/** More than the empty block that stands there by rule, or something else. */
function hasDataBehindFinalBlock(message: Uint8Array): boolean {
  const bytes = concat(message, TAIL);
  try {
    const { engine } = inflate(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
    const behind = toHex(bytes.subarray(engine.bytesWritten));
    return !['', '0000ffff', '000000ffff'].includes(behind);
  } catch {
    return false;
  }
}

/** Without the end of a block, zlib takes what is put behind it for something else. */
function isCutOff(message: Uint8Array): boolean {
  // Whatever a message refers to is there; what it says does not matter.
  const dictionary = new Uint8Array(32_768);
  try {
    inflate(concat(message, TAIL, FINAL_BLOCK), { dictionary });
    // The tail may be just what a stored block lacks.
    const options = { dictionary, finishFlush: constants.Z_SYNC_FLUSH };
    const alone = inflate(message, options).buffer;
    return alone.length < inflate(concat(message, TAIL), options).buffer.length;
  } catch {
    return true;
  }
}
