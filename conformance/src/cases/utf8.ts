/** §8.1: text is UTF-8, and when it is not the connection is failed; Autobahn's group 6. */
import type { FrameCase } from '../case.ts';
import { Opcode } from '../wire.ts';

const VALID: [string, string][] = [
  ['kosme', 'cebae1bdb9cf83cebcceb5'],
  ['hello', '48656c6c6fc2b540c39fc3b6c3a4c3bcc3a0c3a12d5554462d382121'],
  ['first-1', '00'],
  ['first-2', 'c280'],
  ['first-3', 'e0a080'],
  ['first-4', 'f0908080'],
  ['last-1', '7f'],
  ['last-2', 'dfbf'],
  ['last-3', 'efbfbf'],
  ['last-4', 'f48fbfbf'],
  ['before-surrogates', 'ed9fbf'],
  ['after-surrogates', 'ee8080'],
  ['replacement', 'efbfbd'],
  ['non-character', 'efbfbe'],
  ['plane-16-non-character', 'f48fbfbe'],
  ['bom', 'efbbbf61'],
  ['chinese-emoji', Buffer.from('您好,👩‍👩‍👧‍👦 é').toString('hex')],
];

/** Bytes whose last one makes the text invalid: the engine can know at that byte. */
const INVALID: [string, string][] = [
  ['first-5', 'f88880'],
  ['first-6', 'fc84'],
  ['beyond-17-planes', 'f490'],
  ['lead-f5', 'f5'],
  ['fe', 'fe'],
  ['ff', 'ff'],
  ['lone-continuation-80', '80'],
  ['lone-continuation-bf', '61bf'],
  ['continuation-after-ascii', '6180'],
  ['lead-then-space', 'c320'],
  ['three-cut-by-ascii', 'e18061'],
  ['four-cut-by-ascii', 'f0908061'],
  ['overlong-2', 'c0'],
  ['overlong-2-c1', 'c1'],
  ['overlong-3', 'e080'],
  ['overlong-3-last', 'e09f'],
  ['overlong-4', 'f080'],
  ['overlong-4-last', 'f08f'],
  ['surrogate-first', 'eda0'],
  ['surrogate-last', 'edbf'],
  ['surrogate-pair', 'eda080edb080'],
];

const TRUNCATED: [string, string][] = [
  ['2', 'ce'],
  ['3', 'e1bd'],
  ['4', 'f09080'],
  ['after-text', '68c3'],
];

const bytes = (hex: string) => Buffer.from(hex, 'hex');

export const utf8: FrameCase[] = [
  ...VALID.flatMap(([name, hex]): FrameCase[] => [
    {
      id: `utf8.valid.${name}`,
      title: `echoes valid UTF-8: ${name}`,
      section: '8.1',
      level: 'must',
      async run(peer) {
        peer.sendFrame({ opcode: Opcode.text, payload: bytes(hex) });
        await peer.expectMessage(Opcode.text, bytes(hex));
        await peer.closeCleanly();
      },
    },
    {
      id: `utf8.valid.${name}.fragments`,
      title: `echoes valid UTF-8 in fragments of one byte: ${name}`,
      section: '8.1',
      level: 'must',
      async run(peer) {
        const parts = [...bytes(hex)].map((byte) => Buffer.from([byte]));
        peer.sendFragments(Opcode.text, parts);
        await peer.expectMessage(Opcode.text, bytes(hex));
        await peer.closeCleanly();
      },
    },
  ]),
  ...INVALID.flatMap(([name, hex]): FrameCase[] => [
    {
      id: `utf8.invalid.${name}`,
      title: `fails the connection on a whole message of invalid UTF-8: ${name}`,
      section: '8.1',
      level: 'must',
      async run(peer) {
        peer.sendFrame({ opcode: Opcode.text, payload: bytes(hex) });
        await peer.expectClose(1007);
      },
    },
    {
      id: `utf8.fail-fast.frame.${name}`,
      title: `notices invalid UTF-8 in an unfinished frame: ${name}`,
      section: '8.1',
      level: 'strict',
      async run(peer) {
        const whole = peer.encode({
          opcode: Opcode.text,
          payload: Buffer.concat([Buffer.from('您好'), bytes(hex), Buffer.alloc(500, 'x')]),
        });
        peer.send(whole.subarray(0, whole.length - 500));
        await peer.expectClose(1007);
      },
    },
    {
      id: `utf8.fail-fast.fragment.${name}`,
      title: `notices invalid UTF-8 in an unfinished message: ${name}`,
      section: '8.1',
      level: 'strict',
      async run(peer) {
        peer.sendFrame({ opcode: Opcode.text, payload: '您好', fin: false });
        peer.sendFrame({ opcode: Opcode.continuation, payload: bytes(hex), fin: false });
        await peer.expectClose(1007);
      },
    },
  ]),
  ...TRUNCATED.map(([name, hex]): FrameCase => ({
    id: `utf8.truncated.${name}`,
    title: `fails the connection when a message ends inside a character: ${name}`,
    section: '8.1',
    level: 'must',
    async run(peer) {
      peer.sendFrame({ opcode: Opcode.text, payload: bytes(hex) });
      await peer.expectClose(1007);
    },
  })),
  {
    id: 'utf8.binary-is-not-text',
    title: 'does not check binary messages',
    section: '8.1',
    level: 'must',
    async run(peer) {
      peer.sendFrame({ opcode: Opcode.binary, payload: bytes('fffec0') });
      await peer.expectMessage(Opcode.binary, bytes('fffec0'));
      await peer.closeCleanly();
    },
  },
  {
    id: 'utf8.ping-is-not-text',
    title: 'does not check ping payloads, nor let them disturb the text around them',
    section: '8.1',
    level: 'must',
    async run(peer) {
      peer.sendFrame({ opcode: Opcode.text, payload: bytes('e4'), fin: false });
      peer.sendFrame({ opcode: Opcode.ping, payload: bytes('ff') });
      await peer.expectPong(bytes('ff'));
      peer.sendFrame({ opcode: Opcode.continuation, payload: bytes('bda0') });
      await peer.expectMessage(Opcode.text, '你');
      await peer.closeCleanly();
    },
  },
];
