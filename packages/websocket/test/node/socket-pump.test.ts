/** The pump on the short way into a TCP socket and on the public one: both must do the same. */
import { once } from 'node:events';
import { createServer, Socket, type AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { DirectSocket } from '../../src/node/direct-socket.ts';
import { SocketPump, type SocketOwner } from '../../src/node/socket-pump.ts';

class Owner implements SocketOwner {
  received = Buffer.alloc(0);
  ends = 0;
  writesDoneCalls = 0;
  closed: { error: Error | undefined }[] = [];

  chunkArrived(chunk: Buffer): void {
    this.received = Buffer.concat([this.received, chunk]);
  }

  peerEnded(): void {
    this.ends += 1;
  }

  writesDone(): void {
    this.writesDoneCalls += 1;
  }

  socketClosed(error: Error | undefined): void {
    this.closed.push({ error });
  }
}

/** A subclass is not what the short way knows, so it goes the public way. */
class OtherSocket extends Socket {}

async function openPair(direct: boolean) {
  const server = createServer({ allowHalfOpen: true });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const near = new (direct ? Socket : OtherSocket)({ allowHalfOpen: true });
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  near.connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(near, 'connect');
  const [far] = await accepted;
  far.on('error', () => {});
  onTestFinished(async () => {
    near.destroy();
    far.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const owner = new Owner();
  return { near, far, owner, pump: new SocketPump(near, owner) };
}

const EMPTY = Buffer.alloc(0);
const BIG = Buffer.alloc(4 * 1_048_576, 'x');

describe.each([
  ['the short way', true],
  ['the public way', false],
])('socket pump on %s', (_, direct) => {
  test('is on that way', async () => {
    const { near } = await openPair(direct);
    expect(DirectSocket.find(near) !== undefined).toBe(direct);
  });

  test('delivers what came first first, and everything once', async () => {
    const { near, far, owner, pump } = await openPair(direct);
    near.pause();
    far.write('b');
    await expect.poll(() => near.bytesRead).toBe(1);
    pump.start(Buffer.from('a'));
    await expect.poll(() => owner.received.toString()).toBe('ab');
    far.write('c');
    await expect.poll(() => owner.received.toString()).toBe('abc');
    far.write(BIG);
    await expect.poll(() => owner.received.length).toBe(3 + BIG.length);
  });

  test('gives chunks that stay as they are while others are read', async () => {
    const [one, two] = await Promise.all([openPair(direct), openPair(direct)]);
    const kept = new Map([
      [one.owner, [] as Buffer[]],
      [two.owner, []],
    ]);
    for (const [owner, chunks] of kept) {
      owner.chunkArrived = (chunk) => {
        chunks.push(chunk);
        owner.received = Buffer.concat([owner.received, chunk]);
      };
    }
    for (const { pump } of [one, two]) pump.start(EMPTY);
    const sent = [one, two].map((_, which) =>
      Buffer.from(Array.from({ length: 1_000_003 }, (__, index) => (index * 7 + which) & 0xff)),
    );
    const lengths = [1, 3, 700, 4_095, 4_096, 70_000, 300_000, 1_000_003];
    for (const [index, until] of lengths.entries()) {
      for (const [which, { far, owner }] of [one, two].entries()) {
        far.write(sent[which]?.subarray(lengths[index - 1] ?? 0, until) ?? EMPTY);
        await expect.poll(() => owner.received.length).toBe(until);
      }
    }
    for (const [which, { owner }] of [one, two].entries()) {
      expect(Buffer.concat(kept.get(owner) ?? []).equals(sent[which] ?? EMPTY)).toBe(true);
    }
  });

  test('stops reading while it is paused, and loses nothing', async () => {
    const { near, far, owner, pump } = await openPair(direct);
    pump.start(EMPTY);
    far.write('first');
    await expect.poll(() => owner.received.length).toBe(5);
    pump.pause();
    const numbered = Buffer.alloc(BIG.length);
    for (let at = 0; at < numbered.length; at += 4) numbered.writeUInt32BE(at, at);
    far.write(numbered);
    let before = -1;
    while (near.bytesRead !== before) {
      before = near.bytesRead;
      for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(owner.received.length).toBe(5);
    // The socket's own buffer and no more.
    expect(near.bytesRead).toBeLessThan(512 * 1_024);
    pump.resume();
    await expect.poll(() => owner.received.length).toBe(5 + numbered.length);
    expect(owner.received.subarray(5).equals(numbered)).toBe(true);
  });

  test('writes one and several buffers in order, and says when they have left', async () => {
    const { far, owner, pump } = await openPair(direct);
    pump.start(EMPTY);
    let received = '';
    far.on('data', (chunk) => (received += chunk.toString()));
    pump.write([Buffer.from('1')], false);
    pump.write([Buffer.from('2'), Buffer.from('3'), Buffer.from('4')], false);
    pump.write([Buffer.from('5')], true);
    expect(owner.writesDoneCalls).toBe(0);
    await expect.poll(() => received).toBe('12345');
    await expect.poll(() => owner.writesDoneCalls).toBe(1);
    expect(pump.waitingBytes).toBe(0);
  });

  test('says true only of buffers that nobody needs any more', async () => {
    const { far, pump } = await openPair(direct);
    pump.start(EMPTY);
    let received = '';
    far.on('data', (chunk) => (received += chunk.toString('latin1')));
    const buffer = Buffer.from('before');
    expect(pump.write([buffer], false)).toBe(direct);
    // On the public way the stream keeps it, so it must be left as it is.
    if (direct) buffer.fill('x');
    const big = Buffer.alloc(BIG.length, 'y');
    expect(pump.write([Buffer.from('|'), big], true)).toBe(false);
    await expect.poll(() => received.length, { timeout: 10_000 }).toBe(7 + big.length);
    expect(received.slice(0, 8)).toBe('before|y');
  });

  test('counts what the kernel has not taken, and keeps the order behind it', async () => {
    const { far, owner, pump } = await openPair(direct);
    pump.start(EMPTY);
    far.pause();
    const sent: Buffer[] = [];
    while (pump.waitingBytes === 0) {
      const block = Buffer.alloc(1_048_576, sent.length);
      sent.push(block);
      pump.write([block], false);
    }
    expect(pump.waitingBytes).toBeGreaterThan(0);
    const tail = [Buffer.from('a'), Buffer.from('b'), Buffer.from('c')];
    pump.write(tail.slice(0, 1), false);
    pump.write(tail.slice(1), true);
    await new Promise((resolve) => setImmediate(resolve));
    expect(owner.writesDoneCalls).toBe(0);
    const expected = Buffer.concat([...sent, ...tail]);
    const chunks: Buffer[] = [];
    let length = 0;
    far.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
    });
    far.resume();
    await expect.poll(() => length).toBe(expected.length);
    expect(Buffer.concat(chunks).equals(expected)).toBe(true);
    await expect.poll(() => owner.writesDoneCalls).toBe(1);
    expect(pump.waitingBytes).toBe(0);
  });

  test('ends its half after everything it has written', async () => {
    const { far, owner, pump } = await openPair(direct);
    pump.start(EMPTY);
    let length = 0;
    far.on('data', (chunk: Buffer) => (length += chunk.length));
    const ended = once(far, 'end');
    pump.write([BIG], false);
    pump.end();
    pump.write([Buffer.from('too late')], false);
    await ended;
    expect(length).toBe(BIG.length);
    expect(owner.closed).toEqual([]);
    far.end();
    await expect.poll(() => owner.closed).toEqual([{ error: undefined }]);
    expect(owner.ends).toBe(1);
  });

  test('tells of the end of input and goes on writing', async () => {
    const { far, owner, pump } = await openPair(direct);
    pump.start(EMPTY);
    far.end('last');
    await expect.poll(() => owner.ends).toBe(1);
    expect(owner.received.toString()).toBe('last');
    const answer = once(far, 'data');
    pump.write([Buffer.from('answer')], false);
    expect((await answer)[0].toString()).toBe('answer');
    pump.end();
    await expect.poll(() => owner.closed).toEqual([{ error: undefined }]);
  });

  test('tells of a reset, once, with its cause', async () => {
    const { far, owner, pump } = await openPair(direct);
    pump.start(EMPTY);
    far.resetAndDestroy();
    await expect.poll(() => owner.closed.length).toBe(1);
    expect(owner.closed[0]?.error).toMatchObject({ code: 'ECONNRESET' });
  });

  test('tells of a write that fails', async () => {
    const { near, far, owner, pump } = await openPair(direct);
    pump.start(EMPTY);
    pump.pause();
    near.pause();
    far.resetAndDestroy();
    await expect
      .poll(() => {
        pump.write([Buffer.from('x')], true);
        return owner.closed.length;
      })
      .toBe(1);
    expect(owner.closed[0]?.error).toMatchObject({
      code: expect.stringMatching(/EPIPE|ECONNRESET/),
    });
    expect(pump.waitingBytes).toBe(0);
  });

  test('drops what waits when it is destroyed', async () => {
    const { far, owner, pump } = await openPair(direct);
    pump.start(EMPTY);
    far.pause();
    for (let i = 0; i < 4; i++) pump.write([BIG], true);
    pump.destroy();
    pump.write([BIG], true);
    await expect.poll(() => owner.closed).toEqual([{ error: undefined }]);
    expect(owner.writesDoneCalls).toBe(0);
  });
});

test('socket pump takes any duplex stream', async () => {
  const stream = new PassThrough();
  expect(DirectSocket.find(stream)).toBeUndefined();
  const owner = new Owner();
  const pump = new SocketPump(stream, owner);
  pump.start(EMPTY);
  pump.write([Buffer.from('round')], true);
  await expect.poll(() => owner.received.toString()).toBe('round');
  pump.destroy();
  await expect.poll(() => owner.closed.length).toBe(1);
});
