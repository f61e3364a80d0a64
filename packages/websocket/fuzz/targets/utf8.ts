import { PayloadEvent } from '../../src/protocol/event.ts';
import { concat, toHex, toText, utf8 as encode } from '../../test/protocol/support/bytes.ts';
import { createConnection, output, peerFrame } from '../../test/protocol/support/endpoint.ts';
import { check } from '../fault.ts';
import { Random } from '../random.ts';
import type { Target } from '../target.ts';

/** Cuts the text into fragments; the rest of the input is the text. */
const SEED_BYTES = 1;

/** Around every change of the rules of RFC 3629 §4. */
const BOUNDARIES = [
  0, 0x7f, 0x80, 0x7ff, 0x800, 0xfff, 0x1000, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000,
  0xfeff, 0xfffd, 0xffff, 0x10000, 0x3ffff, 0x40000, 0xfffff, 0x100000, 0x10ffff, 0x110000,
  0x1fffff,
] as const;

/** Text in and out: valid and invalid alike, what the platform's decoder and encoder say. */
export const utf8: Target = {
  name: 'utf8',
  format: 'hex',
  generate(random) {
    const pieces = random.list(1 + random.magnitude(20), () => encodeAnything(random));
    return concat(random.bytes(SEED_BYTES), ...pieces);
  },
  run(input) {
    const text = input.slice(SEED_BYTES);
    const valid = firstBadByte(text) === undefined && isWhole(text);
    checkReading(text, new Random(input[0] ?? 0), valid);
    checkWriting(utf16Text(text));
    if (valid) checkWriting(toText(text));
    if (text.length <= 123) checkReason(text, valid);
  },
};

/** A number as UTF-8 would write it, in the fewest bytes or in more, surrogate or not. */
function encodeAnything(random: Random): Uint8Array {
  const near = random.pick(BOUNDARIES) + random.below(3) - 1;
  const codePoint = Math.max(0, random.chance(0.5) ? near : random.below(0x110000));
  const fewest = codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
  const length = random.chance(0.95) ? fewest : random.below(4) + 1;
  if (length === 1) return Uint8Array.of(codePoint & 0x7f);
  const bytes = new Uint8Array(length);
  let rest = codePoint;
  for (let index = length - 1; index > 0; index--) {
    bytes[index] = 0x80 | (rest & 0x3f);
    rest >>>= 6;
  }
  bytes[0] = (0xf00 >>> length) | rest;
  return bytes;
}

/** The text in fragments, byte by byte: it fails at the first bad byte, and not before. */
function checkReading(text: Uint8Array, random: Random, valid: boolean): void {
  const server = createConnection('server');
  const bad = firstBadByte(text);
  let failedAt: number | undefined;
  let start = 0;
  for (let opcode = 1; start < text.length && failedAt === undefined; opcode = 0) {
    const end = Math.min(text.length, start + 1 + random.magnitude(text.length));
    const frame = peerFrame('server', { opcode, fin: false, payload: text.slice(start, end) });
    const header = frame.length - (end - start);
    const step = random.chance(0.5) ? 1 : 1 + random.below(9);
    for (let at = 0; at < frame.length && failedAt === undefined; at += step) {
      server.receive(frame.slice(at, at + step));
      const read = start + Math.min(at + step, frame.length) - header;
      const failed = server.takeEvents().some(({ type }) => type === 'fail');
      if (failed) failedAt = read;
      const badIsRead = bad !== undefined && bad < read;
      check(failed === badIsRead, 'the first bad byte fails the connection in its read (§8.1)', {
        bad,
        read,
      });
    }
    start = end;
  }
  if (failedAt !== undefined) return;
  server.receive(peerFrame('server', { opcode: text.length === 0 ? 1 : 0 }));
  const [event] = server.takeEvents();
  check((event?.type === 'text') === valid, 'a text is delivered when it is valid', toHex(text));
  if (!(event instanceof PayloadEvent)) return;
  check(toHex(event.payload) === toHex(text), 'a text arrives as it was sent', toHex(text));
}

/** Any string goes out as USVString, alone and beside others. */
function checkWriting(text: string): void {
  const expected = encode(text);
  const client = createConnection('client');
  const server = createConnection('server');
  client.sendText('before');
  client.sendText(text);
  client.sendText('after');
  server.receive(output(client));
  const received = server
    .takeEvents()
    .map((event) => (event instanceof PayloadEvent ? event.payload : []));
  check(received.length === 3, 'three texts sent are three received', received.length);
  const sent = toHex(Uint8Array.from(received[1] ?? []));
  check(sent === toHex(expected), 'text goes out as the platform encodes it', { text, sent });
}

/** The reason of a Close frame is UTF-8, too (§5.5.1). */
function checkReason(text: Uint8Array, valid: boolean): void {
  const client = createConnection('client');
  client.receive(peerFrame('client', { opcode: 8, payload: concat(Uint8Array.of(3, 232), text) }));
  const [event] = client.takeEvents();
  const reason = event?.type === 'close' ? event.reason : undefined;
  check(
    reason === (valid ? toText(text) : undefined),
    'a reason is read as the platform reads it',
    {
      reason,
    },
  );
}

/** Two bytes make a UTF-16 unit, so that surrogates come alone. */
function utf16Text(bytes: Uint8Array): string {
  let text = '';
  for (let index = 0; index + 1 < bytes.length; index += 2) {
    text += String.fromCharCode(((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0));
  }
  return text;
}

/** Where the platform's decoder stops, byte by byte. */
function firstBadByte(bytes: Uint8Array): number | undefined {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for (let index = 0; index < bytes.length; index++) {
    try {
      decoder.decode(bytes.subarray(index, index + 1), { stream: true });
    } catch {
      return index;
    }
  }
  return undefined;
}

function isWhole(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
