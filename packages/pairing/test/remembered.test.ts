import { describe, expect, test } from 'vitest';
import { nextSecret } from '../src/remember-secret.ts';
import { MAX_REMEMBERED, REMEMBERED_LIFE_MS, RememberedDevices } from '../src/remembered.ts';
import { FakeStore } from './fake-pair.ts';

const secret = (n: number) => new Uint8Array(32).fill(n);

function create() {
  const store = new FakeStore();
  const clock = { nowMs: 1_000 };
  const devices = new RememberedDevices(store, () => clock.nowMs);
  const add = (n: number) => {
    devices.add(secret(n), { side: 'page', name: `phone ${n}`, textBytes: 65_472 });
  };
  const names = () => devices.list('page').map(({ name }) => name);
  return { store, clock, devices, add, names };
}

describe('what is remembered', () => {
  test('lists the one used last first, without secrets, for its own side only', () => {
    const { devices, clock, add } = create();
    add(1);
    clock.nowMs += 1;
    add(2);
    expect(devices.list('page')).toEqual([
      { id: expect.any(String), name: 'phone 2', createdAtMs: 1001, lastUsedAtMs: 1001 },
      { id: expect.any(String), name: 'phone 1', createdAtMs: 1000, lastUsedAtMs: 1000 },
    ]);
    expect(devices.list('phone')).toEqual([]);
  });

  test('holds eight, and gives up the one used longest ago', () => {
    const { clock, add, names } = create();
    for (let n = 1; n <= MAX_REMEMBERED + 1; n += 1) {
      clock.nowMs += 1;
      add(n);
    }
    expect(names()).toHaveLength(MAX_REMEMBERED);
    expect(names()).not.toContain('phone 1');
  });

  test('forgets what was not used for 90 days', () => {
    const { clock, add, names } = create();
    add(1);
    clock.nowMs += REMEMBERED_LIFE_MS - 1;
    expect(names()).toEqual(['phone 1']);
    clock.nowMs += 1;
    expect(names()).toEqual([]);
  });

  test('moves on from secret to secret, and never back', () => {
    const { devices, add } = create();
    add(1);
    const id = devices.list('page')[0]?.id ?? '';
    devices.advance(id, 'page', 2, 'renamed there');
    devices.advance(id, 'page', 1, 'renamed there');
    expect(devices.find(id, 'page')).toMatchObject({
      generation: 2,
      name: 'renamed there',
      secret: nextSecret(nextSecret(secret(1))),
      previous: nextSecret(secret(1)),
    });
  });

  test('is renamed here, and gets its own name back from an empty one', () => {
    const { devices, add } = create();
    add(1);
    const id = devices.list('page')[0]?.id ?? '';
    devices.rename(id, 'page', '  my \u202e phone ');
    expect(devices.list('page')[0]?.givenName).toBe('my   phone');
    devices.rename(id, 'page', ' ');
    expect(devices.list('page')[0]).not.toHaveProperty('givenName');
  });

  test('keeps the two ends of one pair apart, which one browser may be', () => {
    const { devices, add } = create();
    add(1);
    devices.add(secret(1), { side: 'phone', name: 'computer', textBytes: 65_472 });
    const id = devices.list('page')[0]?.id ?? '';
    expect(devices.list('phone')[0]?.id).toBe(id);
    const before = devices.find(id, 'page');
    devices.advance(id, 'phone', 1, 'computer there');
    devices.rename(id, 'phone', 'desk');
    expect(devices.find(id, 'phone')).toMatchObject({ generation: 1, givenName: 'desk' });
    expect(devices.find(id, 'page')).toEqual(before);
    devices.forget(id, 'phone');
    expect(devices.list('phone')).toEqual([]);
    expect(devices.find(id, 'page')).toEqual(before);
  });

  test('leaves nothing in the store when the last one is forgotten', () => {
    const { devices, store, add } = create();
    add(1);
    devices.forget(devices.list('page')[0]?.id ?? '', 'page');
    expect(store.kept).toBeUndefined();
  });

  test('drops an entry that makes no sense, and keeps the others', () => {
    const { store, add, names } = create();
    add(1);
    const [entry] = JSON.parse(store.kept ?? '') as object[];
    store.kept = JSON.stringify([{ ...entry, secret: 'short' }, entry, null, 7]);
    expect(names()).toEqual(['phone 1']);
  });

  test.each(['', '{', 'null', '{}', '"x"', 'x'.repeat(100_000)])(
    'is nobody when the store holds something else',
    (kept) => {
      const { store, names } = create();
      store.kept = kept;
      expect(names()).toEqual([]);
    },
  );

  test('is nobody when the store may not be touched', () => {
    const forbidden = () => {
      throw new Error('forbidden');
    };
    const store = { load: forbidden, save: forbidden, clear: forbidden };
    const devices = new RememberedDevices(store, () => 0);
    devices.add(secret(1), { side: 'page', name: 'x', textBytes: 65_472 });
    devices.forget('x', 'page');
    expect(devices.list('page')).toEqual([]);
  });
});
