import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';

import { ECHO_BYTES, EchoGuard } from '../../src/coap/echo.ts';

const PEER = { address: '192.0.2.1', port: 40_000 };

function createGuard(key = 'key') {
  const clock = { nowMs: 1_000_000 };
  const guard = new EchoGuard({
    hmac: (data) => createHmac('sha256', key).update(data).digest(),
    nowMs: () => clock.nowMs,
  });
  return { guard, clock };
}

describe('an Echo token (RFC 9175 §2.4)', () => {
  test('is eight bytes and good for its address', () => {
    const { guard } = createGuard();
    const token = guard.create(PEER);
    expect(token).toHaveLength(ECHO_BYTES);
    expect(guard.check(PEER, token)).toBe(true);
  });

  test('is no good for another address, another port, or under another key', () => {
    const { guard } = createGuard();
    const token = guard.create(PEER);
    expect(guard.check({ ...PEER, address: '192.0.2.2' }, token)).toBe(false);
    expect(guard.check({ ...PEER, port: 40_001 }, token)).toBe(false);
    expect(createGuard('other').guard.check(PEER, token)).toBe(false);
  });

  test('is good for at least 10 s and at most 20 s', () => {
    const { guard, clock } = createGuard();
    const token = guard.create(PEER);
    clock.nowMs += 10_000;
    expect(guard.check(PEER, token)).toBe(true);
    clock.nowMs += 10_000;
    expect(guard.check(PEER, token)).toBe(false);
  });

  test('is no good cut, extended or changed', () => {
    const { guard } = createGuard();
    const token = guard.create(PEER);
    const changed = token.slice();
    changed[7] = (changed[7] ?? 0) ^ 1;
    expect(guard.check(PEER, token.subarray(0, 7))).toBe(false);
    expect(guard.check(PEER, Uint8Array.of(...token, 0))).toBe(false);
    expect(guard.check(PEER, changed)).toBe(false);
  });
});
