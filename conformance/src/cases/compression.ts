/** RFC 7692 over an open connection; what Autobahn's groups 12 and 13 look at, and more. */
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import type { FrameCase } from '../case.ts';
import { Deviation } from '../case.ts';
import type { RawPeer } from '../raw-peer.ts';
import { Opcode } from '../wire.ts';

const TAIL = Buffer.from('0000ffff', 'hex');

/** Compresses without takeover, which every agreement allows, within the window agreed for us. */
function deflate(peer: RawPeer, payload: Buffer | string): Buffer {
  const parameter = new RegExp(`${peer.role}_max_window_bits="?(\\d+)`);
  // zlib cannot make a window of 8 bits for raw DEFLATE; 9 with short input is the same bytes.
  const windowBits = Math.max(9, Number(parameter.exec(peer.extensions)?.[1] ?? 15));
  const bytes = deflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH, windowBits });
  return bytes.subarray(0, bytes.length - TAIL.length);
}

/** Inflates what the engine sends with no more memory than was agreed on. */
class Inflater {
  readonly #windowBits: number;
  readonly #remembers: boolean;
  #window: Buffer = Buffer.alloc(0);

  constructor({ role, extensions }: RawPeer) {
    const sender = role === 'client' ? 'server' : 'client';
    const bits = new RegExp(`${sender}_max_window_bits="?(\\d+)`).exec(extensions)?.[1];
    this.#windowBits = Math.max(9, Number(bits ?? 15));
    this.#remembers = !extensions.includes(`${sender}_no_context_takeover`);
  }

  inflate(payload: Buffer): Buffer {
    const plain = inflateRawSync(Buffer.concat([payload, TAIL]), {
      finishFlush: constants.Z_SYNC_FLUSH,
      windowBits: this.#windowBits,
      ...(this.#window.length > 0 ? { dictionary: this.#window } : {}),
    });
    if (this.#remembers) {
      this.#window = Buffer.concat([this.#window, plain]).subarray(-(2 ** this.#windowBits));
    }
    return plain;
  }
}

async function expectEcho(peer: RawPeer, inflater: Inflater, wanted: Buffer | string) {
  const message = await peer.nextMessage();
  const plain = message.rsv1 ? inflater.inflate(message.payload) : message.payload;
  if (!plain.equals(Buffer.from(wanted))) throw new Deviation('other bytes came back');
}

const json = (length: number) => {
  const rows = Array.from(
    { length: Math.ceil(length / 40) },
    (_, i) => `{"id":${i},"name":"row ${i % 7}"}`,
  );
  return `[${rows.join(',')}]`.slice(0, length);
};

const OFFERS = [
  'permessage-deflate',
  'permessage-deflate; client_no_context_takeover; server_no_context_takeover',
  'permessage-deflate; server_max_window_bits=9',
  'permessage-deflate; client_max_window_bits',
  'permessage-deflate; server_no_context_takeover; server_max_window_bits=15',
];

const plain = 'permessage-deflate';
const RSV1 = 4;

const CUT_OFF = [
  ['fixed', 'a block with fixed codes', 'f248cdc9'],
  ['stored', 'a stored block', '000500faff4865'],
  ['header', 'the header of a block', '000500'],
  ['no-end', 'the empty block at its end', 'f248cdc9c907'],
] as const;

const echoes: FrameCase[] = OFFERS.flatMap((extensions, offer) =>
  [16, 64, 1024, 8192, 131_072].map((length): FrameCase => ({
    id: `deflate.echo.${offer}.${length}`,
    title: `echoes ten compressed messages of ${length} bytes under "${extensions}"`,
    section: 'RFC 7692 7.2',
    level: 'must',
    extensions,
    async run(peer) {
      const inflater = new Inflater(peer);
      const text = json(length);
      for (let i = 0; i < 10; i++) {
        peer.sendFrame({ opcode: Opcode.text, payload: deflate(peer, text), rsv: RSV1 });
        await expectEcho(peer, inflater, text);
      }
      await peer.closeCleanly();
    },
  })),
);

/** Whoever looks back further than was agreed on is not understood. */
const windows: FrameCase[] = [8, 9, 10, 11, 12, 13, 14, 15].map((bits) => ({
  id: `deflate.window.${bits}`,
  title: `keeps to windows of ${bits} bits, in messages that repeat from further away`,
  section: 'RFC 7692 7.1.2',
  level: 'must',
  extensions: `permessage-deflate; server_max_window_bits=${bits}; client_max_window_bits=${bits}`,
  async run(peer) {
    const inflater = new Inflater(peer);
    // Of 8 bits zlib makes 9: what is shorter than the window is the same.
    const near = json(200);
    const far = `${json(2 ** bits)}${'-'.repeat(300)}`.repeat(2);
    for (const text of bits === 8 ? [near] : [near, far, far]) {
      peer.sendFrame({ opcode: Opcode.text, payload: deflate(peer, text), rsv: RSV1 });
      await expectEcho(peer, inflater, text);
    }
    await peer.closeCleanly();
  },
}));

export const compression: FrameCase[] = [
  ...echoes,
  ...windows,
  {
    id: 'deflate.uncompressed',
    title: 'takes an uncompressed message although compression was agreed',
    section: 'RFC 7692 6',
    level: 'must',
    extensions: plain,
    async run(peer) {
      const inflater = new Inflater(peer);
      peer.sendFrame({ opcode: Opcode.text, payload: 'plain' });
      await expectEcho(peer, inflater, 'plain');
      peer.sendFrame({ opcode: Opcode.text, payload: deflate(peer, 'packed'), rsv: RSV1 });
      await expectEcho(peer, inflater, 'packed');
      await peer.closeCleanly();
    },
  },
  {
    id: 'deflate.empty',
    title: 'takes an empty compressed message',
    section: 'RFC 7692 7.2.3.6',
    level: 'must',
    extensions: plain,
    async run(peer) {
      const inflater = new Inflater(peer);
      peer.sendFrame({ opcode: Opcode.text, payload: Buffer.from([0]), rsv: RSV1 });
      await expectEcho(peer, inflater, '');
      peer.sendFrame({ opcode: Opcode.text, payload: deflate(peer, 'next'), rsv: RSV1 });
      await expectEcho(peer, inflater, 'next');
      await peer.closeCleanly();
    },
  },
  {
    id: 'deflate.vector.hello-twice',
    title: 'takes the two Hellos of the specification, the second one through the shared window',
    section: 'RFC 7692 7.2.3.2',
    level: 'must',
    extensions: plain,
    async run(peer) {
      if (peer.extensions.includes('client_no_context_takeover') && peer.role === 'client') return;
      if (peer.extensions.includes('server_no_context_takeover') && peer.role === 'server') return;
      const inflater = new Inflater(peer);
      for (const hex of ['f248cdc9c90700', 'f200110000']) {
        peer.sendFrame({ opcode: Opcode.text, payload: Buffer.from(hex, 'hex'), rsv: RSV1 });
        await expectEcho(peer, inflater, 'Hello');
      }
      await peer.closeCleanly();
    },
  },
  {
    id: 'deflate.vector.stored',
    title: 'takes a message in a block without compression',
    section: 'RFC 7692 7.2.3.3',
    level: 'must',
    extensions: plain,
    async run(peer) {
      const payload = Buffer.from('000500faff48656c6c6f00', 'hex');
      peer.sendFrame({ opcode: Opcode.text, payload, rsv: RSV1 });
      await expectEcho(peer, new Inflater(peer), 'Hello');
      await peer.closeCleanly();
    },
  },
  {
    id: 'deflate.vector.final-block',
    title: 'takes a message in a block marked final, and the next message too',
    section: 'RFC 7692 7.2.3.4',
    level: 'must',
    extensions: plain,
    async run(peer) {
      const inflater = new Inflater(peer);
      for (let i = 0; i < 3; i++) {
        const payload = Buffer.from('f348cdc9c9070000', 'hex');
        peer.sendFrame({ opcode: Opcode.text, payload, rsv: RSV1 });
        await expectEcho(peer, inflater, 'Hello');
      }
      await peer.closeCleanly();
    },
  },
  {
    id: 'deflate.vector.two-blocks',
    title: 'takes a message of two DEFLATE blocks',
    section: 'RFC 7692 7.2.3.5',
    level: 'must',
    extensions: plain,
    async run(peer) {
      const payload = Buffer.from('f24805000000ffffcac9c90700', 'hex');
      peer.sendFrame({ opcode: Opcode.text, payload, rsv: RSV1 });
      await expectEcho(peer, new Inflater(peer), 'Hello');
      await peer.closeCleanly();
    },
  },
  {
    id: 'deflate.fragments',
    title: 'joins compressed fragments, a ping between them, RSV1 on the first only',
    section: 'RFC 7692 6.1',
    level: 'must',
    extensions: plain,
    async run(peer) {
      const text = json(4096);
      const bytes = deflate(peer, text);
      const cut = Math.floor(bytes.length / 2);
      peer.sendFrame({
        opcode: Opcode.text,
        payload: bytes.subarray(0, cut),
        fin: false,
        rsv: RSV1,
      });
      peer.sendFrame({ opcode: Opcode.ping, payload: 'between' });
      await peer.expectPong('between');
      peer.sendFrame({ opcode: Opcode.continuation, payload: bytes.subarray(cut) });
      await expectEcho(peer, new Inflater(peer), text);
      await peer.closeCleanly();
    },
  },
  {
    id: 'deflate.fragments.one-byte',
    title: 'joins compressed fragments of one byte',
    section: 'RFC 7692 6.1',
    level: 'must',
    extensions: plain,
    async run(peer) {
      const text = json(1024);
      [...deflate(peer, text)].forEach((byte, i) => {
        peer.sendFrame({
          opcode: i === 0 ? Opcode.text : Opcode.continuation,
          payload: Buffer.from([byte]),
          fin: false,
          rsv: i === 0 ? RSV1 : 0,
        });
      });
      peer.sendFrame({ opcode: Opcode.continuation });
      await expectEcho(peer, new Inflater(peer), text);
      await peer.closeCleanly();
    },
  },
  {
    id: 'deflate.rsv1.continuation',
    title: 'fails the connection on RSV1 in a continuation frame',
    section: 'RFC 7692 6.1',
    level: 'must',
    extensions: plain,
    async run(peer) {
      peer.sendFrame({ opcode: Opcode.text, payload: 'a', fin: false });
      peer.sendFrame({ opcode: Opcode.continuation, payload: 'b', rsv: RSV1 });
      await peer.expectClose(1002);
    },
  },
  ...(['ping', 'pong', 'close'] as const).map((kind): FrameCase => ({
    id: `deflate.rsv1.${kind}`,
    title: `fails the connection on RSV1 in a ${kind} frame`,
    section: 'RFC 7692 6.1',
    level: 'must',
    extensions: plain,
    async run(peer) {
      peer.sendFrame({ opcode: Opcode[kind], rsv: RSV1 });
      await peer.expectClose(1002);
    },
  })),
  {
    id: 'deflate.corrupt',
    title: 'fails the connection on bytes that are not DEFLATE',
    section: 'RFC 7692 7.2.2',
    level: 'must',
    extensions: plain,
    async run(peer) {
      peer.sendFrame({ opcode: Opcode.text, payload: Buffer.from('ffffff', 'hex'), rsv: RSV1 });
      await peer.expectClose(1007, 1002);
    },
  },
  ...CUT_OFF.map(([id, what, hex]): FrameCase => ({
    id: `deflate.cut-off.${id}`,
    title: `fails the connection on a message that ends inside ${what}`,
    section: 'RFC 7692 7.2.2',
    level: 'strict',
    extensions: plain,
    async run(peer) {
      peer.sendFrame({ opcode: Opcode.binary, payload: Buffer.from(hex, 'hex'), rsv: RSV1 });
      await peer.expectClose(1007, 1002);
    },
  })),
  {
    id: 'deflate.cut-off.fragments',
    title: 'fails the connection on fragments that end inside a block',
    section: 'RFC 7692 7.2.2',
    level: 'strict',
    extensions: plain,
    async run(peer) {
      const payload = Buffer.from('f248cd', 'hex');
      peer.sendFrame({ opcode: Opcode.binary, payload, fin: false, rsv: RSV1 });
      peer.sendFrame({ opcode: Opcode.continuation });
      await peer.expectClose(1007, 1002);
    },
  },
  ...[2, 1].map((bit): FrameCase => ({
    id: `deflate.rsv${bit === 2 ? 2 : 3}`,
    title: `fails the connection on RSV${bit === 2 ? 2 : 3} beside RSV1`,
    section: '5.2',
    level: 'must',
    extensions: plain,
    async run(peer) {
      peer.sendFrame({ opcode: Opcode.text, payload: deflate(peer, 'a'), rsv: RSV1 + bit });
      await peer.expectClose(1002);
    },
  })),
  {
    id: 'deflate.uncompressed.fragments',
    title: 'takes plain fragments in a message that is not compressed',
    section: 'RFC 7692 6.1',
    level: 'must',
    extensions: plain,
    async run(peer) {
      peer.sendFrame({ opcode: Opcode.text, payload: 'not ', fin: false });
      peer.sendFrame({ opcode: Opcode.continuation, payload: 'compressed' });
      await expectEcho(peer, new Inflater(peer), 'not compressed');
      await peer.closeCleanly();
    },
  },
  {
    id: 'deflate.fragments.empty',
    title: 'joins compressed fragments with empty ones between them',
    section: 'RFC 7692 6.1',
    level: 'must',
    extensions: plain,
    async run(peer) {
      const bytes = deflate(peer, 'with nothing between');
      peer.sendFrame({ opcode: Opcode.text, fin: false, rsv: RSV1 });
      peer.sendFrame({ opcode: Opcode.continuation, payload: bytes, fin: false });
      peer.sendFrame({ opcode: Opcode.continuation, fin: false });
      peer.sendFrame({ opcode: Opcode.continuation });
      await expectEcho(peer, new Inflater(peer), 'with nothing between');
      await peer.closeCleanly();
    },
  },
  {
    id: 'deflate.invalid-utf8',
    title: 'fails the connection on compressed text that is not UTF-8',
    section: '8.1',
    level: 'must',
    extensions: plain,
    async run(peer) {
      const payload = deflate(peer, Buffer.from('68c320', 'hex'));
      peer.sendFrame({ opcode: Opcode.text, payload, rsv: RSV1 });
      await peer.expectClose(1007);
    },
  },
  {
    id: 'deflate.bomb',
    title: 'refuses a message that inflates past the limit',
    section: '10.4',
    level: 'strict',
    extensions: plain,
    async run(peer, { maxMessageBytes }) {
      const payload = deflate(peer, Buffer.alloc(maxMessageBytes * 16));
      peer.sendFrame({ opcode: Opcode.binary, payload, rsv: RSV1 });
      await peer.expectClose(1009);
    },
  },
  {
    id: 'deflate.bomb.fragments',
    title: 'refuses fragments that inflate past the limit before the message ends',
    section: '10.4',
    level: 'strict',
    extensions: plain,
    async run(peer, { maxMessageBytes }) {
      const payload = deflate(peer, Buffer.alloc(maxMessageBytes * 16));
      const cut = payload.length - 1;
      peer.sendFrame({
        opcode: Opcode.binary,
        payload: payload.subarray(0, cut),
        fin: false,
        rsv: RSV1,
      });
      await peer.expectClose(1009);
    },
  },
];
