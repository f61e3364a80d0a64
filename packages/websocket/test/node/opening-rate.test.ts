import { describe, expect, test } from 'vitest';
import { HandshakeError } from '@pairwire/websocket';
import { isLoopback, networkOf, OpeningRate } from '../../src/node/opening-rate.ts';
import { RawPeer, upgradeRequest } from './raw-peer.ts';
import { startServer } from './servers.ts';

/** A clock that the test moves. */
function start(maxPerSecond: number) {
  const clock = { nowMs: 1_000_000 };
  return { clock, rate: new OpeningRate(maxPerSecond, () => clock.nowMs) };
}

describe('the opening rate', () => {
  test('lets ten seconds of openings through at once, then the rate', () => {
    const { clock, rate } = start(5);
    for (let i = 0; i < 50; i++) expect(rate.take('192.0.2.1')).toBe(0);
    expect(rate.take('192.0.2.1')).toBe(200);
    expect(rate.take('192.0.2.2')).toBe(0);
    clock.nowMs += 199;
    expect(rate.take('192.0.2.1')).toBe(1);
    clock.nowMs += 1;
    expect(rate.take('192.0.2.1')).toBe(0);
    expect(rate.take('192.0.2.1')).toBe(200);
    clock.nowMs += 10_000;
    for (let i = 0; i < 50; i++) expect(rate.take('192.0.2.1')).toBe(0);
    expect(rate.take('192.0.2.1')).toBe(200);
  });

  test('does not punish those who go on knocking', () => {
    const { clock, rate } = start(1);
    for (let i = 0; i < 10; i++) rate.take('192.0.2.1');
    for (let i = 0; i < 1_000; i++) expect(rate.take('192.0.2.1')).toBe(1_000);
    clock.nowMs += 1_000;
    expect(rate.take('192.0.2.1')).toBe(0);
  });

  test('counts an IPv6 network (/64) as one', () => {
    const { rate } = start(1);
    for (let i = 0; i < 10; i++) rate.take(`2001:db8:0:1::${i}`);
    expect(rate.take('2001:db8:0:1:ffff:ffff:ffff:ffff')).toBeGreaterThan(0);
    expect(rate.take('2001:db8:0:2::1')).toBe(0);
  });

  test('remembers a bounded number of addresses, the latest', () => {
    const { rate } = start(1);
    const limited = '192.0.2.1';
    for (let i = 0; i < 10; i++) rate.take(limited);
    for (let i = 0; i < 9_999; i++) rate.take(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
    expect(rate.take(limited)).toBeGreaterThan(0);
    rate.take('192.0.2.2');
    expect(rate.take(limited)).toBe(0);
  });

  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['2001:DB8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::', '2001:db8:1:2'],
    ['::1:2:3:4', '0:0:0:0'],
    ['1::2:3:4:5:6:7', '1:0:2:3'],
    ['::', '0:0:0:0'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['not an address', 'not an address'],
  ])('knows that %s is of the network %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  test('knows loopback', () => {
    for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1']) {
      expect(isLoopback(address)).toBe(true);
    }
    for (const address of ['128.0.0.1', '10.127.0.1', '::2', '2001:db8::1']) {
      expect(isLoopback(address)).toBe(false);
    }
  });
});

/** The address in a header, as behind a proxy. */
const behindProxy = ({ headers }: { headers: NodeJS.Dict<string | string[]> }) =>
  String(headers['x-forwarded-for']);

describe('server', () => {
  test('answers 429 with Retry-After beyond maxOpeningsPerSecond', async () => {
    const refused: HandshakeError[] = [];
    const { server, port } = await startServer({
      maxOpeningsPerSecond: 1,
      clientAddress: behindProxy,
      refused: (error) => refused.push(error),
    });
    const headers = ['X-Forwarded-For: 192.0.2.1'];
    for (let i = 0; i < 10; i++) (await RawPeer.open(port, '/', headers)).destroy();
    const peer = await RawPeer.connect(port);
    peer.write(upgradeRequest({ headers }));
    const refusal = await peer.refusal();
    expect(refusal.status).toBe(429);
    expect(refusal.head).toMatch(/\r\nRetry-After: 1\r\n/);
    expect(refused.map(({ code }) => code)).toEqual(['PW_WS_TOO_MANY']);
    expect(server.counters).toMatchObject({ openingsRefused: 1, openingsThrottled: 1 });
    (await RawPeer.open(port, '/', ['X-Forwarded-For: 192.0.2.2'])).destroy();
    await peer.end();
  });

  test('counts handshakes that fail for another reason, before it looks at them', async () => {
    const { server, port } = await startServer({
      maxOpeningsPerSecond: 1,
      clientAddress: behindProxy,
    });
    const headers = ['X-Forwarded-For: 192.0.2.1'];
    const statuses: number[] = [];
    for (let i = 0; i < 11; i++) {
      const peer = await RawPeer.connect(port);
      peer.write(upgradeRequest({ method: 'POST', headers }));
      statuses.push((await peer.refusal()).status);
      peer.destroy();
    }
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 405), 429]);
    expect(server.counters).toMatchObject({ openingsRefused: 11, openingsThrottled: 1 });
  });

  test('answers 429 beyond maxConnectionsPerAddress, until one of them ends', async () => {
    let verdict: (allowed: boolean) => void = () => {};
    const { server, port } = await startServer({
      maxConnectionsPerAddress: 2,
      clientAddress: behindProxy,
      authorize: (request) =>
        request.url === '/wait'
          ? new Promise((resolve, reject) => {
              verdict = (allowed) =>
                allowed ? resolve(undefined) : reject(new HandshakeError('PW_WS_FORBIDDEN'));
            })
          : undefined,
    });
    const headers = ['X-Forwarded-For: 2001:db8::1'];
    const neighbour = ['X-Forwarded-For: 2001:db8::2'];
    const first = await RawPeer.open(port, '/', headers);
    // One that is not decided yet counts.
    const waiting = await RawPeer.connect(port);
    waiting.write(upgradeRequest({ path: '/wait', headers }));
    await expect(RawPeer.open(port, '/', neighbour)).rejects.toThrow(/429 .*Retry-After: /s);
    verdict(false);
    expect((await waiting.refusal()).status).toBe(403);
    const second = await RawPeer.open(port, '/', neighbour);
    await expect(RawPeer.open(port, '/', headers)).rejects.toThrow(/429/);
    (await RawPeer.open(port, '/', ['X-Forwarded-For: 192.0.2.1'])).destroy();
    first.destroy();
    await expect.poll(() => server.connections.size).toBe(1);
    (await RawPeer.open(port, '/', headers)).destroy();
    for (const peer of [second, waiting]) peer.destroy();
  });

  test('does not count loopback, and nobody with 0', async () => {
    for (const options of [
      { maxOpeningsPerSecond: 1 },
      { maxOpeningsPerSecond: 0, clientAddress: () => '192.0.2.1' },
      { maxOpeningsPerSecond: 1, clientAddress: () => undefined },
      { maxOpeningsPerSecond: 1, clientAddress: () => '::1' },
    ]) {
      const { server, port } = await startServer(options);
      for (let i = 0; i < 20; i++) (await RawPeer.open(port)).destroy();
      expect(server.counters.openingsRefused).toBe(0);
    }
  });

  test('refuses with 500 when clientAddress throws', async () => {
    const failures: unknown[] = [];
    const { port } = await startServer({
      failed: (error) => failures.push(error),
      clientAddress() {
        throw new Error('mine');
      },
    });
    await expect(RawPeer.open(port)).rejects.toThrow(/500/);
    expect(failures).toHaveLength(1);
  });

  test('answers 503 with Retry-After when it is full', async () => {
    const { port } = await startServer({ maxConnections: 1 });
    const peer = await RawPeer.open(port);
    const second = await RawPeer.connect(port);
    second.write(upgradeRequest());
    const refusal = await second.refusal();
    expect(refusal.status).toBe(503);
    expect(refusal.head).toMatch(/\r\nRetry-After: 5\r\n/);
    peer.destroy();
    second.destroy();
  });

  test('says when to come back for a refusal of the application, too', async () => {
    const { port } = await startServer({
      authorize() {
        throw new HandshakeError('PW_WS_TOO_MANY', { retryAfterMs: 61_500 });
      },
    });
    await expect(RawPeer.open(port)).rejects.toThrow(/\r\nRetry-After: 62\r\n/);
  });

  test('takes nothing but true from a function that judges origins', async () => {
    const { port } = await startServer({ origins: (async () => false) as never });
    await expect(RawPeer.open(port, '/', ['Origin: https://example.com'])).rejects.toThrow(/403/);
  });
});
