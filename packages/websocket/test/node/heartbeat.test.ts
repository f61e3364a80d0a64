import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { connectWebSocket, WebSocket } from '@pairwire/websocket';
import { Heartbeat, type HeartbeatTarget } from '../../src/node/heartbeat.ts';
import { frame, RawServer, serverFrame } from './raw-peer.ts';
import { openOne } from './servers.ts';

class Target implements HeartbeatTarget {
  readonly pings: Buffer[] = [];
  listening = true;
  silent = 0;

  sendHeartbeatPing(payload: Uint8Array): void {
    this.pings.push(Buffer.from(payload));
  }

  peerSilent(): void {
    this.silent += 1;
  }
}

describe('heartbeat', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function start(pongTimeoutMs = 200) {
    const target = new Target();
    return { target, heartbeat: new Heartbeat({ pingIntervalMs: 1_000, pongTimeoutMs }, target) };
  }

  test('pings after an interval that varies by a tenth', () => {
    const firsts = new Set<number>();
    for (let i = 0; i < 200; i++) {
      const { target, heartbeat } = start();
      const from = performance.now();
      vi.advanceTimersToNextTimer();
      expect(target.pings).toHaveLength(1);
      firsts.add(performance.now() - from);
      heartbeat.stop();
    }
    expect(Math.min(...firsts)).toBeGreaterThanOrEqual(900);
    expect(Math.max(...firsts)).toBeLessThanOrEqual(1_100);
    expect(firsts.size).toBeGreaterThan(20);
  });

  test('measures the round trip and goes on', () => {
    const { target, heartbeat } = start();
    vi.advanceTimersByTime(1_100);
    expect(heartbeat.roundTripMs).toBeUndefined();
    vi.advanceTimersByTime(7);
    expect(heartbeat.takePong(Buffer.from('else'))).toBe(false);
    const [ping] = target.pings as [Buffer];
    expect(heartbeat.takePong(ping)).toBe(true);
    expect(heartbeat.takePong(ping)).toBe(false);
    expect(heartbeat.roundTripMs).toBeGreaterThanOrEqual(7);
    expect(heartbeat.roundTripMs).toBeLessThan(210);
    vi.advanceTimersByTime(1_100);
    expect(target.pings).toHaveLength(2);
    expect(target.pings[1]).not.toEqual(ping);
    heartbeat.stop();
  });

  test('calls a peer silent that does not answer in time, once', () => {
    const { target } = start();
    vi.advanceTimersByTime(900 + 199);
    expect(target.silent).toBe(0);
    vi.advanceTimersByTime(250);
    expect(target.silent).toBe(1);
    vi.advanceTimersByTime(10_000);
    expect(target.silent).toBe(1);
  });

  test('takes any byte for a sign of life', () => {
    const { target, heartbeat } = start();
    for (let i = 0; i < 50; i++) {
      vi.advanceTimersByTime(100);
      heartbeat.heard = true;
    }
    expect(target.silent).toBe(0);
    expect(target.pings.length).toBeGreaterThanOrEqual(3);
    heartbeat.stop();
  });

  test('does not judge while it is not listening', () => {
    const { target, heartbeat } = start();
    target.listening = false;
    vi.advanceTimersByTime(5_000);
    expect(target.silent).toBe(0);
    heartbeat.stop();
  });

  test('pings without a verdict with a timeout of 0', () => {
    const { target, heartbeat } = start(0);
    vi.advanceTimersByTime(5_600);
    expect(target.pings).toHaveLength(5);
    expect(target.silent).toBe(0);
    heartbeat.stop();
  });
});

describe('server', () => {
  test('cuts a peer that does not answer the heartbeat', async () => {
    const { peer, closed } = await openOne({ pingIntervalMs: 20, pongTimeoutMs: 20 });
    expect((await peer.frame()).opcode).toBe(9);
    expect(await closed).toMatchObject({ code: 1006, error: { code: 'PW_WS_PONG_TIMEOUT' } });
    await peer.end();
  });

  test('measures the round trip, and keeps its own pongs from the handler', async () => {
    const pongs: string[] = [];
    const { peer, connection } = await openOne(
      { pingIntervalMs: 20, pongTimeoutMs: 10_000 },
      { message() {}, pong: (_, payload) => void pongs.push(payload.toString()) },
    );
    const ping = await peer.frame();
    expect(connection.roundTripMs).toBeUndefined();
    peer.write(frame(ping.payload, { opcode: 10 }));
    await expect.poll(() => connection.roundTripMs).toBeGreaterThan(0);
    expect(pongs).toEqual([]);
    peer.destroy();
  });

  test('sends none with an interval of 0', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    const { peer } = await openOne({ pingIntervalMs: 0 });
    vi.advanceTimersByTime(10_000_000);
    vi.useRealTimers();
    peer.write(frame('', { opcode: 9 }));
    expect((await peer.frame()).opcode).toBe(10);
    peer.destroy();
  });
});

test('client measures the round trip', async () => {
  const server = await RawServer.listen();
  const connecting = connectWebSocket(server.url, { pingIntervalMs: 20, pongTimeoutMs: 10_000 });
  const peer = await server.open();
  const connection = await connecting;
  const ping = await peer.frame();
  expect(ping).toMatchObject({ opcode: 9, masked: true });
  expect(connection.roundTripMs).toBeUndefined();
  peer.write(serverFrame(ping.payload, { opcode: 10 }));
  await expect.poll(() => connection.roundTripMs).toBeGreaterThan(0);
  connection.terminate();
  await server.close();
});

test('client notices a server that is gone', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const server = await RawServer.listen();
  const socket = new WebSocket(server.url, [], { pingIntervalMs: 1_000, pongTimeoutMs: 500 });
  const peer = await server.open();
  const errors: unknown[] = [];
  socket.onerror = ({ error }) => errors.push(error);
  await once(socket, 'open');
  // The interval and the tenth that it may be longer.
  vi.advanceTimersByTime(1_100);
  const ping = await peer.frame();
  expect(ping).toMatchObject({ opcode: 9, masked: true });
  const told = once(socket, 'message');
  peer.write(Buffer.concat([serverFrame(ping.payload, { opcode: 10 }), serverFrame('hello')]));
  await told;
  vi.advanceTimersByTime(1_100);
  expect((await peer.frame()).opcode).toBe(9);
  const closed = once(socket, 'close');
  vi.advanceTimersByTime(500);
  const [close] = await closed;
  expect(close).toMatchObject({ code: 1006, wasClean: false });
  expect(errors).toEqual([expect.objectContaining({ code: 'PW_WS_PONG_TIMEOUT' })]);
  peer.destroy();
  await server.close();
});
