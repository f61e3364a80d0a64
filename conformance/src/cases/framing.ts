/** §5.2: lengths, opcodes, reserved bits, masking; what Autobahn's groups 1, 3, 4 and 9 look at. */
import type { FrameCase } from '../case.ts';
import { NotApplicable } from '../case.ts';
import { Opcode } from '../wire.ts';

const LENGTHS = [0, 1, 125, 126, 127, 128, 65_535, 65_536, 262_144, 1_048_576];

const echoes: FrameCase[] = (['text', 'binary'] as const).flatMap((kind) =>
  LENGTHS.map((length) => ({
    id: `frame.echo.${kind}.${length}`,
    title: `echoes a ${kind} message of ${length} bytes`,
    section: '5.2',
    level: 'must' as const,
    async run(peer, { maxMessageBytes }) {
      if (length > maxMessageBytes) throw new NotApplicable('over the configured limit');
      const payload = Buffer.alloc(length, kind === 'text' ? '*' : 0xfe);
      peer.sendFrame({ opcode: Opcode[kind], payload });
      await peer.expectMessage(Opcode[kind], payload);
      await peer.closeCleanly();
    },
  })),
);

const splits: FrameCase[] = [1, 7, 997].map((piece) => ({
  id: `frame.split.${piece}`,
  title: `takes three messages in pieces of ${piece} bytes`,
  section: '5.2',
  level: 'must',
  async run(peer) {
    const lengths = piece === 1 ? [0, 1, 126] : [125, 126, 65_536];
    const payloads = lengths.map((length) => Buffer.alloc(length, 'x'));
    const bytes = payloads.map((payload) => peer.encode({ opcode: Opcode.text, payload }));
    await peer.sendInPieces(Buffer.concat(bytes), piece);
    for (const payload of payloads) await peer.expectMessage(Opcode.text, payload);
    await peer.closeCleanly();
  },
}));

const coalesced: FrameCase = {
  id: 'frame.coalesced',
  title: 'takes a hundred messages from one write, in order',
  section: '5.2',
  level: 'must',
  async run(peer) {
    const texts = Array.from({ length: 100 }, (_, i) => `message ${i}`);
    peer.send(Buffer.concat(texts.map((payload) => peer.encode({ opcode: Opcode.text, payload }))));
    for (const text of texts) await peer.expectMessage(Opcode.text, text);
    await peer.closeCleanly();
  },
};

const masks: FrameCase[] = ['00000000', 'ffffffff', '00ff00ff', '37fa213d'].map((hex) => ({
  id: `frame.mask.${hex}`,
  title: `takes the masking key ${hex}`,
  section: '5.3',
  level: 'must',
  async run(peer) {
    if (peer.role === 'server') throw new NotApplicable('servers do not mask');
    for (const length of [1, 3, 4, 5, 63, 64, 65, 1000]) {
      const payload = Buffer.alloc(length, '0123456789abcdef');
      peer.sendFrame({ opcode: Opcode.binary, payload, maskingKey: Buffer.from(hex, 'hex') });
      await peer.expectMessage(Opcode.binary, payload);
    }
    await peer.closeCleanly();
  },
}));

const wrongMask: FrameCase = {
  id: 'frame.mask.wrong-role',
  title: 'fails the connection on an unmasked frame from a client or a masked one from a server',
  section: '5.1',
  level: 'must',
  async run(peer) {
    peer.sendFrame({ opcode: Opcode.text, payload: 'hello', masked: peer.role === 'server' });
    await peer.expectClose(1002);
  },
};

const reservedBits: FrameCase[] = [1, 2, 3, 4, 5, 6, 7].flatMap((rsv) =>
  (['text', 'ping', 'close'] as const).map((kind) => ({
    id: `frame.rsv.${kind}.${rsv}`,
    title: `fails the connection on reserved bits ${rsv.toString(2)} in a ${kind} frame`,
    section: '5.2',
    level: 'must' as const,
    async run(peer) {
      peer.sendFrame({ opcode: Opcode.text, payload: 'before' });
      peer.sendFrame({ opcode: Opcode[kind], payload: kind === 'close' ? '' : 'x', rsv });
      await peer.expectMessage(Opcode.text, 'before');
      await peer.expectClose(1002);
    },
  })),
);

const reservedOpcodes: FrameCase[] = [3, 4, 5, 6, 7, 0xb, 0xc, 0xd, 0xe, 0xf].flatMap((opcode) =>
  ['', 'payload'].map((payload) => ({
    id: `frame.opcode.${opcode.toString(16)}${payload && '.payload'}`,
    title: `fails the connection on reserved opcode ${opcode}${payload && ' with a payload'}`,
    section: '5.2',
    level: 'must' as const,
    async run(peer) {
      peer.sendFrame({ opcode: Opcode.text, payload: 'before' });
      peer.sendFrame({ opcode, payload });
      peer.sendFrame({ opcode: Opcode.ping });
      await peer.expectMessage(Opcode.text, 'before');
      await peer.expectClose(1002);
    },
  })),
);

const nonMinimal: FrameCase[] = (
  [
    [5, 16],
    [5, 64],
    [0, 16],
    [125, 16],
    [126, 64],
    [65_535, 64],
  ] as const
).map(([length, lengthBits]) => ({
  id: `frame.length.non-minimal.${length}.${lengthBits}`,
  title: `refuses ${length} bytes announced in ${lengthBits} bits`,
  section: '5.2',
  level: 'strict',
  async run(peer) {
    peer.sendFrame({ opcode: Opcode.binary, payload: Buffer.alloc(length), lengthBits });
    await peer.expectClose(1002);
  },
}));

const huge: FrameCase[] = (
  [
    ['top-bit', 1n << 63n, [1002]],
    ['all-bits', (1n << 64n) - 1n, [1002]],
    ['2^63-1', (1n << 63n) - 1n, [1009]],
    ['2^53', 1n << 53n, [1009]],
    ['2^32', 1n << 32n, [1009]],
    ['2^31', 1n << 31n, [1009]],
  ] as const
).map(([name, claimedLength, codes]) => ({
  id: `frame.length.claims.${name}`,
  title: `refuses a frame that claims ${name} bytes before they come`,
  section: codes[0] === 1002 ? '5.2' : '10.4',
  level: codes[0] === 1002 ? 'must' : 'strict',
  async run(peer) {
    peer.sendFrame({ opcode: Opcode.binary, claimedLength, lengthBits: 64 });
    await peer.expectClose(...codes);
  },
}));

export const framing: FrameCase[] = [
  ...echoes,
  ...splits,
  coalesced,
  ...masks,
  wrongMask,
  ...reservedBits,
  ...reservedOpcodes,
  ...nonMinimal,
  ...huge,
];
