import { describe, expect, test } from 'vitest';
import { closeFrame, frame, RawPeer, serverFrame } from './raw-peer.ts';
import { ECHO, startServer } from './servers.ts';

const MIB = 1_048_576;

async function openEcho(options: object = {}) {
  const { port } = await startServer({ handler: ECHO, ...options });
  return RawPeer.open(port);
}

/** The answer to bytes that must not be answered with a message. */
async function codeAfter(bytes: Uint8Array, options: object = {}): Promise<number | undefined> {
  const peer = await openEcho(options);
  peer.write(bytes);
  const code = await peer.closeCode();
  await peer.until(() => (peer.ended ? true : undefined));
  peer.destroy();
  return code;
}

describe('server fails the connection', () => {
  test.each<[string, Buffer, number]>([
    ['on an unmasked frame (§5.1)', serverFrame('x'), 1002],
    ['on 5 bytes in a 16-bit length (§5.2)', frame('hello', { lengthBits: 16 }), 1002],
    ['on 5 bytes in a 64-bit length (§5.2)', frame('hello', { lengthBits: 64 }), 1002],
    ['on reserved bit 1 (§5.2)', frame('x', { rsv: 4 }), 1002],
    ['on reserved bit 2 (§5.2)', frame('x', { rsv: 2 }), 1002],
    ['on reserved bit 3 (§5.2)', frame('x', { rsv: 1 }), 1002],
    ['on opcode 3 (§5.2)', frame('x', { opcode: 3 }), 1002],
    ['on opcode 0xB (§5.2)', frame('x', { opcode: 0xb }), 1002],
    ['on a ping of 126 bytes (§5.5)', frame(Buffer.alloc(126), { opcode: 9 }), 1002],
    ['on a fragmented ping (§5.5)', frame('x', { opcode: 9, fin: false }), 1002],
    ['on a continuation of nothing (§5.4)', frame('x', { opcode: 0 }), 1002],
    [
      'on a text inside a fragmented text (§5.4)',
      Buffer.concat([frame('a', { fin: false }), frame('b')]),
      1002,
    ],
    ['on a Close of one byte (§5.5.1)', frame('x', { opcode: 8 }), 1002],
    ['on close code 999 (§7.4)', closeFrame(999), 1002],
    ['on close code 1004 (§7.4.1)', closeFrame(1004), 1002],
    ['on close code 1005 (§7.4.1)', closeFrame(1005), 1002],
    ['on close code 1006 (§7.4.1)', closeFrame(1006), 1002],
    ['on close code 1015 (§7.4.1)', closeFrame(1015), 1002],
    ['on close code 1016 (§7.4.2)', closeFrame(1016), 1002],
    ['on close code 2999 (§7.4.2)', closeFrame(2999), 1002],
    ['on close code 5000 (§7.4.2)', closeFrame(5000), 1002],
    [
      'on a close reason that is not UTF-8 (§5.5.1)',
      frame(Buffer.from([0x03, 0xe8, 0xff]), { opcode: 8 }),
      1007,
    ],
    ['on a text that is not UTF-8 (§8.1)', frame(Buffer.from([0xff])), 1007],
    [
      'on invalid UTF-8 in a first fragment, nothing following (§8.1)',
      frame(Buffer.from([0x61, 0xff]), { fin: false }),
      1007,
    ],
    [
      'on a bad first byte while most of the frame is still on its way (§8.1)',
      frame(Buffer.concat([Buffer.from([0xff]), Buffer.alloc(99, 0x61)])).subarray(0, 36),
      1007,
    ],
    [
      'on a header that claims 2 MiB, before its payload (§10.4)',
      frame('', { opcode: 2, claimedLength: 2 * MIB }),
      1009,
    ],
    [
      'on fragments that add up to more than the limit (§10.4)',
      Buffer.concat([
        frame(Buffer.alloc(MIB), { opcode: 2, fin: false }),
        frame(Buffer.alloc(1), { opcode: 0 }),
      ]),
      1009,
    ],
    [
      'on a 64-bit length with the top bit set (§5.2)',
      frame('', { opcode: 2, claimedLength: 1n << 63n }),
      1002,
    ],
    [
      'on the largest 64-bit length (§10.4)',
      frame('', { opcode: 2, claimedLength: (1n << 63n) - 1n }),
      1009,
    ],
  ])('%s', async (_, bytes, code) => {
    expect(await codeAfter(bytes)).toBe(code);
  });
});

test('server accepts a length that is not minimal when told so (§5.2)', async () => {
  const peer = await openEcho({ refuseNonMinimalLengths: false });
  peer.write(frame('hello', { lengthBits: 64 }));
  expect((await peer.frame()).payload.toString()).toBe('hello');
  peer.destroy();
});

describe('server answers a Close', () => {
  test.each([1000, 1001, 1003, 1012, 1014, 3000, 4999])(
    'with code %i by the same',
    async (code) => {
      expect(await codeAfter(closeFrame(code, 'why'))).toBe(code);
    },
  );

  test('without a code by an empty one (§5.5.1)', async () => {
    expect(await codeAfter(closeFrame())).toBeUndefined();
  });

  test('after the echoes of everything before it', async () => {
    const peer = await openEcho();
    peer.write(Buffer.concat([frame('one'), frame('two'), closeFrame(1000)]));
    expect((await peer.frame()).payload.toString()).toBe('one');
    expect((await peer.frame()).payload.toString()).toBe('two');
    expect(await peer.closeCode()).toBe(1000);
    await peer.end();
  });

  test('after a large echo that the peer is slow to read', async () => {
    const peer = await openEcho();
    peer.socket.pause();
    const payload = Buffer.alloc(MIB, 'x');
    peer.write(Buffer.concat([frame(payload, { opcode: 2 }), closeFrame(1000)]));
    await new Promise((resolve) => setImmediate(resolve));
    peer.socket.resume();
    expect((await peer.frame()).payload.equals(payload)).toBe(true);
    expect(await peer.closeCode()).toBe(1000);
    await peer.end();
  });
});

describe('server echoes', () => {
  test.each([0, 1, 125, 126, 127, 65_535, 65_536, MIB - 1, MIB])(
    'a text of %i bytes',
    async (length) => {
      const peer = await openEcho();
      peer.write(frame('x'.repeat(length)));
      const echo = await peer.frame();
      expect(echo.masked).toBe(false);
      expect(echo.opcode).toBe(1);
      expect(echo.payload.equals(Buffer.alloc(length, 'x'))).toBe(true);
      peer.destroy();
    },
  );

  test('but not a text of 1 MiB and a byte', async () => {
    expect(await codeAfter(frame(Buffer.alloc(MIB + 1, 'x')))).toBe(1009);
  });

  test('fragments with a ping between, whatever pieces they come in (§5.4)', async () => {
    const bytes = Buffer.concat([
      frame('您', { fin: false }),
      frame('p', { opcode: 9 }),
      frame('', { opcode: 0, fin: false }),
      frame('好', { opcode: 0 }),
    ]);
    const peer = await openEcho();
    peer.socket.setNoDelay(true);
    for (const cuts of [[bytes.length], [3, 9, bytes.length], [...bytes.keys()].slice(1)]) {
      let from = 0;
      for (const to of [...cuts, bytes.length]) {
        // Each piece is on its way before the next is handed over.
        await new Promise((resolve) => peer.socket.write(bytes.subarray(from, to), resolve));
        from = to;
      }
      expect(await peer.frame()).toMatchObject({ opcode: 10, payload: Buffer.from('p') });
      expect((await peer.frame()).payload.toString()).toBe('您好');
    }
    peer.destroy();
  });

  test('many frames of one segment, in order and in one segment', async () => {
    const peer = await openEcho();
    const texts = Array.from({ length: 200 }, (_, index) => `message ${index}`);
    peer.write(Buffer.concat(texts.map((text) => frame(text))));
    for (const text of texts) expect((await peer.frame()).payload.toString()).toBe(text);
    peer.destroy();
  });

  test('text with a byte order mark as it came', async () => {
    const peer = await openEcho();
    peer.write(frame('\u{feff}x'));
    expect((await peer.frame()).payload.toString('hex')).toBe('efbbbf78');
    peer.destroy();
  });
});

test('server tells the handler of pings and pongs and answers pings itself (§5.5)', async () => {
  const seen: string[] = [];
  const { port } = await startServer({
    handler: {
      message() {},
      ping: (_, payload) => seen.push(`ping ${payload.toString()}`),
      pong: (_, payload) => seen.push(`pong ${payload.toString()}`),
    },
  });
  const peer = await RawPeer.open(port);
  peer.write(Buffer.concat([frame('b', { opcode: 10 }), frame('a', { opcode: 9 })]));
  expect(await peer.frame()).toMatchObject({ opcode: 10, payload: Buffer.from('a') });
  expect(seen).toEqual(['pong b', 'ping a']);
  peer.destroy();
});
