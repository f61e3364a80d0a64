/** §5.4: fragmentation, and control frames between fragments; Autobahn's group 5 and 10. */
import type { FrameCase } from '../case.ts';
import { Opcode } from '../wire.ts';

export const fragments: FrameCase[] = [
  ...[2, 3, 50].map((parts): FrameCase => ({
    id: `fragment.text.${parts}`,
    title: `joins a text message of ${parts} fragments`,
    section: '5.4',
    level: 'must',
    async run(peer) {
      const texts = Array.from({ length: parts }, (_, i) => `fragment ${i} `);
      peer.sendFragments(Opcode.text, texts);
      await peer.expectMessage(Opcode.text, texts.join(''));
      await peer.closeCleanly();
    },
  })),
  {
    id: 'fragment.binary.64KiB-by-64',
    title: 'joins 64 KiB from frames of 64 bytes',
    section: '5.4',
    level: 'must',
    async run(peer) {
      const parts = Array.from({ length: 1024 }, (_, i) => Buffer.alloc(64, i & 0xff));
      peer.sendFragments(Opcode.binary, parts);
      await peer.expectMessage(Opcode.binary, Buffer.concat(parts));
      await peer.closeCleanly();
    },
  },
  {
    id: 'fragment.empty',
    title: 'joins three empty fragments to an empty message',
    section: '5.4',
    level: 'must',
    async run(peer) {
      peer.sendFragments(Opcode.text, ['', '', '']);
      await peer.expectMessage(Opcode.text, '');
      await peer.closeCleanly();
    },
  },
  {
    id: 'fragment.empty-ends',
    title: 'joins fragments of which the first and the last are empty',
    section: '5.4',
    level: 'must',
    async run(peer) {
      peer.sendFragments(Opcode.text, ['', 'middle', '']);
      await peer.expectMessage(Opcode.text, 'middle');
      await peer.closeCleanly();
    },
  },
  {
    id: 'fragment.ping-between',
    title: 'answers a ping between two fragments before the message ends',
    section: '5.4',
    level: 'must',
    async run(peer) {
      peer.sendFrame({ opcode: Opcode.text, payload: 'first ', fin: false });
      peer.sendFrame({ opcode: Opcode.ping, payload: 'between' });
      await peer.expectPong('between');
      peer.sendFrame({ opcode: Opcode.continuation, payload: 'last' });
      await peer.expectMessage(Opcode.text, 'first last');
      await peer.closeCleanly();
    },
  },
  {
    id: 'fragment.close-between',
    title: 'answers a close between two fragments and drops the unfinished message',
    section: '5.5.1',
    level: 'must',
    async run(peer) {
      peer.sendFrame({ opcode: Opcode.text, payload: 'first ', fin: false });
      await peer.closeCleanly();
    },
  },
  ...(['', 'payload'] as const).flatMap((payload) =>
    [true, false].map((fin): FrameCase => ({
      id: `fragment.orphan.${fin ? 'fin' : 'open'}${payload && '.payload'}`,
      title: `fails the connection on a continuation (fin ${fin}) without a message`,
      section: '5.4',
      level: 'must',
      async run(peer) {
        peer.sendFrame({ opcode: Opcode.continuation, payload, fin });
        await peer.expectClose(1002);
      },
    })),
  ),
  {
    id: 'fragment.orphan.after-message',
    title: 'fails the connection on a continuation after a finished message',
    section: '5.4',
    level: 'must',
    async run(peer) {
      peer.sendFragments(Opcode.text, ['a', 'b']);
      peer.sendFrame({ opcode: Opcode.continuation, payload: 'c' });
      await peer.expectMessage(Opcode.text, 'ab');
      await peer.expectClose(1002);
    },
  },
  ...(['text', 'binary'] as const).map((kind): FrameCase => ({
    id: `fragment.interleaved.${kind}`,
    title: `fails the connection on a ${kind} frame inside a fragmented message`,
    section: '5.4',
    level: 'must',
    async run(peer) {
      peer.sendFrame({ opcode: Opcode.text, payload: 'first', fin: false });
      peer.sendFrame({ opcode: Opcode[kind], payload: 'other' });
      await peer.expectClose(1002);
    },
  })),
];
