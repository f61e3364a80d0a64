import { expect, test } from 'vitest';
import { deviceStore, holdsAnything } from '../src/kept-devices.ts';

/** As much of localStorage as the store uses. */
function createStorage(
  items = new Map<string, string>(),
  setItem: Storage['setItem'] = (key, value) => void items.set(key, value),
): Storage {
  const storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> = {
    getItem: (key) => items.get(key) ?? null,
    setItem,
    removeItem: (key) => void items.delete(key),
  };
  return storage as Storage;
}

const forbidden = () => {
  throw new Error('forbidden');
};

test('what is kept is there in the next window, until it is cleared', () => {
  const storage = createStorage();
  deviceStore(() => storage)?.save('[1]');
  const next = deviceStore(() => storage);
  expect(next?.load()).toBe('[1]');
  expect(holdsAnything(next)).toBe(true);
  next?.clear();
  expect(holdsAnything(deviceStore(() => storage))).toBe(false);
});

test('asking whether anything can be kept leaves nothing behind', () => {
  const items = new Map<string, string>();
  deviceStore(() => createStorage(items));
  expect(items.size).toBe(0);
});

test('asking whether anything can be kept does not write what another window changes', () => {
  const items = new Map([['pairwire.remembered', '[1]']]);
  const written: string[] = [];
  const setItem = (key: string, value: string) => {
    written.push(key);
    items.set(key, value);
  };
  expect(deviceStore(() => createStorage(items, setItem))?.load()).toBe('[1]');
  expect(written).not.toContain('pairwire.remembered');
  expect([...items]).toEqual([['pairwire.remembered', '[1]']]);
});

test('there is no store where it is full: nothing more can be remembered', () => {
  const items = new Map([['pairwire.remembered', '[1]']]);
  const full = (key: string, value: string) => {
    if (!items.has(key)) throw new DOMException('full', 'QuotaExceededError');
    items.set(key, value);
  };
  expect(deviceStore(() => createStorage(items, full))).toBeUndefined();
  expect([...items]).toEqual([['pairwire.remembered', '[1]']]);
});

test('there is no store where the browser forbids it, to read or only to write', () => {
  expect(deviceStore(forbidden)).toBeUndefined();
  expect(deviceStore(() => createStorage(undefined, forbidden))).toBeUndefined();
  expect(holdsAnything(undefined)).toBe(false);
  expect(holdsAnything({ load: forbidden, save: forbidden, clear: forbidden })).toBe(false);
});
