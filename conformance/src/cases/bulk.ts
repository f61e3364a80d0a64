/** Much of everything: long messages in many frames and pieces, many messages; Autobahn's groups 9 and 10. */
import type { FrameCase } from '../case.ts';
import { NotApplicable } from '../case.ts';
import { Opcode } from '../wire.ts';

const LONG_BYTES = 1_048_576;

function longText(maxMessageBytes: number): Buffer {
  if (LONG_BYTES > maxMessageBytes) throw new NotApplicable('over the configured limit');
  // Its characters are whole also at its end.
  const words = Buffer.from('In vielen Stücken, 分成许多块. ');
  const whole = Math.floor(LONG_BYTES / words.length) * words.length;
  return Buffer.alloc(LONG_BYTES, words).fill('.', whole);
}

function cut(bytes: Buffer, length: number): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += length) parts.push(bytes.subarray(at, at + length));
  return parts;
}

const inFragments: FrameCase[] = [64, 1_024, 16_384, 262_144].map((length) => ({
  id: `bulk.fragments.${length}`,
  title: `joins a text of 1 MiB from fragments of ${length} bytes, characters cut apart`,
  section: '5.4',
  level: 'must',
  async run(peer, { maxMessageBytes }) {
    const text = longText(maxMessageBytes);
    peer.sendFragments(Opcode.text, cut(text, length));
    await peer.expectMessage(Opcode.text, text);
    await peer.closeCleanly();
  },
}));

const inPieces: FrameCase[] = [64, 1_024, 4_096].map((length) => ({
  id: `bulk.pieces.${length}`,
  title: `takes a text of 1 MiB in one frame, written ${length} bytes at a time`,
  section: '5.2',
  level: 'must',
  async run(peer, { maxMessageBytes }) {
    const text = longText(maxMessageBytes);
    await peer.sendInPieces(peer.encode({ opcode: Opcode.text, payload: text }), length);
    await peer.expectMessage(Opcode.text, text);
    await peer.closeCleanly();
  },
}));

const roundTrips: FrameCase[] = (['text', 'binary'] as const).flatMap((kind) =>
  [0, 16, 64, 256, 1_024, 4_096].map((length): FrameCase => ({
    id: `bulk.round-trips.${kind}.${length}`,
    title: `echoes a thousand ${kind} messages of ${length} bytes, one after the other`,
    section: '5.6',
    level: 'must',
    async run(peer) {
      const payload = Buffer.alloc(length, 'x');
      for (let i = 0; i < 1_000; i++) {
        peer.sendFrame({ opcode: Opcode[kind], payload });
        await peer.expectMessage(Opcode[kind], payload);
      }
      await peer.closeCleanly();
    },
  })),
);

export const bulk: FrameCase[] = [
  ...inFragments,
  {
    id: 'bulk.fragments.1300',
    title: 'joins a text of 64 KiB from fragments of 1,300 bytes',
    section: '5.4',
    level: 'must',
    async run(peer) {
      const text = Buffer.alloc(65_536, '*');
      peer.sendFragments(Opcode.text, cut(text, 1_300));
      await peer.expectMessage(Opcode.text, text);
      await peer.closeCleanly();
    },
  },
  ...inPieces,
  ...roundTrips,
];
