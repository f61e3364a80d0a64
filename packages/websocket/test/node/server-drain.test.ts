import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocketServer } from '@pairwire/websocket';
import { spreadOver } from '../../src/node/server-drain.ts';
import { closeFrame, RawPeer } from './raw-peer.ts';
import { at, startServer } from './servers.ts';

describe('spreading', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('is even over the window, the first at once and the last at its end', async () => {
    const closed: number[] = [];
    const items = Array.from({ length: 101 }, (_, index) => index);
    const done = spreadOver(items, 10_000, (item) => closed.push(item));
    expect(closed).toEqual([0]);
    vi.advanceTimersByTime(2_500);
    expect(closed).toHaveLength(26);
    vi.advanceTimersByTime(2_500);
    expect(closed).toHaveLength(51);
    vi.advanceTimersByTime(4_990);
    expect(closed.length).toBeLessThan(101);
    vi.advanceTimersByTime(20);
    expect(closed).toEqual(items);
    await done;
    expect(vi.getTimerCount()).toBe(0);
  });

  test('closes many in one step when there are more than steps', async () => {
    let closed = 0;
    const done = spreadOver(Array.from({ length: 10_000 }), 100, () => (closed += 1));
    vi.advanceTimersByTime(50);
    expect(closed).toBeGreaterThan(3_000);
    expect(closed).toBeLessThan(6_000);
    vi.advanceTimersByTime(60);
    await done;
    expect(closed).toBe(10_000);
  });

  test('stops when it is aborted', async () => {
    const abort = new AbortController();
    let closed = 0;
    const done = spreadOver([1, 2, 3], 1_000, () => (closed += 1), abort.signal);
    abort.abort();
    await done;
    vi.advanceTimersByTime(2_000);
    expect(closed).toBe(1);
    await spreadOver([1, 2, 3], 1_000, () => (closed += 1), abort.signal);
    expect(closed).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

/** A peer that answers Close, and says when. */
async function openPolite(
  port: number,
): Promise<{ peer: RawPeer; code: Promise<number | undefined> }> {
  const peer = await RawPeer.open(port);
  const code = peer.closeCode().then((received) => {
    peer.write(closeFrame(received));
    return received;
  });
  return { peer, code };
}

describe('server', () => {
  test('drains: Close one after the other, then it waits for them', async () => {
    const { server, port } = await startServer();
    const peers = [];
    for (let i = 0; i < 5; i++) peers.push(await openPolite(port));
    const order: number[] = [];
    for (const [index, { code }] of peers.entries()) void code.then(() => order.push(index));
    const startMs = performance.now();
    expect(server.closing).toBe(false);
    await server.close({ code: 1012, spreadMs: 200 });
    expect(server.closing).toBe(true);
    expect(performance.now() - startMs).toBeGreaterThan(190);
    expect(await Promise.all(peers.map(({ code }) => code))).toEqual([
      1012, 1012, 1012, 1012, 1012,
    ]);
    expect(order).toEqual([0, 1, 2, 3, 4]);
    expect(server.connections.size).toBe(0);
  });

  test('takes no new connections while it drains', async () => {
    const { server, port } = await startServer();
    const { peer } = await openPolite(port);
    const late = await RawPeer.connect(port);
    const done = server.close({ spreadMs: 50 });
    await late.end();
    expect(late.totalBytes).toBe(0);
    await done;
    peer.destroy();
  });

  test('cuts what is left when the signal is aborted', async () => {
    const { server, port } = await startServer();
    const peers = [await RawPeer.open(port), await RawPeer.open(port)];
    const abort = new AbortController();
    const done = server.close({ spreadMs: 60_000, timeoutMs: 60_000, signal: abort.signal });
    expect(await at(peers, 0).closeCode()).toBe(1001);
    abort.abort();
    await done;
    for (const peer of peers) await peer.end();
  });

  test('cuts at once when the signal is aborted already', async () => {
    const { server, port } = await startServer();
    const peer = await RawPeer.open(port);
    await server.close({ timeoutMs: 60_000, signal: AbortSignal.abort() });
    await peer.end();
    expect(server.connections.size).toBe(0);
  });

  test('refuses a code that must not be sent before it has closed anything', async () => {
    const { server, port } = await startServer();
    const peer = await RawPeer.open(port);
    expect(() => server.close({ code: 1005 })).toThrow(RangeError);
    expect(() => server.close({ reason: 'x'.repeat(124) })).toThrow(RangeError);
    expect(() => server.close({ spreadMs: -1 })).toThrow(RangeError);
    expect(() => server.close({ timeoutMs: 'long' as never })).toThrow(TypeError);
    expect(server.closing).toBe(false);
    expect(server.connections.size).toBe(1);
    peer.destroy();
  });

  test('is disposed of by closing', async () => {
    const { server, port } = await startServer();
    const { code } = await openPolite(port);
    await server[Symbol.asyncDispose]();
    expect(await code).toBe(1001);
    await expect(RawPeer.connect(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('listens until the signal is aborted', async () => {
    const abort = new AbortController();
    const server = new WebSocketServer();
    const { port } = await server.listen(0, { signal: abort.signal });
    const { code } = await openPolite(port);
    abort.abort();
    expect(await code).toBe(1001);
    await server.close();
    await expect(RawPeer.connect(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('does not listen when the signal is aborted before', async () => {
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(new WebSocketServer().listen(0, { signal })).rejects.toThrow('too late');
    const abort = new AbortController();
    const server = new WebSocketServer();
    const listening = server.listen(0, { signal: abort.signal });
    abort.abort(new Error('on second thoughts'));
    await expect(listening).rejects.toThrow('on second thoughts');
    await server.close();
    await expect(server.listen(0)).rejects.toMatchObject({ code: 'PW_WS_INVALID_STATE' });
    const other = new WebSocketServer();
    const closedMeanwhile = other.listen(0, 'localhost');
    await other.close();
    await expect(closedMeanwhile).rejects.toMatchObject({ code: 'PW_WS_INVALID_STATE' });
  });

  test('lets the signal go when it is closed', async () => {
    const abort = new AbortController();
    const remove = vi.spyOn(abort.signal, 'removeEventListener');
    const server = new WebSocketServer();
    await server.listen(0, { signal: abort.signal, host: 'localhost' });
    await server.close();
    expect(remove).toHaveBeenCalled();
  });
});
