import { expect, test } from 'vitest';

import { importAgain } from '../../src/client/import-again.ts';

const URL = 'https://relay.example/assets/x-1.js';

/** An import that fails so many times with that error, and every address that was asked for. */
function failing(times: number, error: Error) {
  const asked: string[] = [];
  const answer = async (address: string) => {
    asked.push(address);
    if (asked.length <= times) throw error;
    return 'the module';
  };
  return { asked, load: importAgain(() => answer('as written'), answer) };
}

test('a module that loads is asked for as it is written', async () => {
  const { asked, load } = failing(0, new TypeError());
  expect([await load(), await load()]).toEqual(['the module', 'the module']);
  expect(asked).toEqual(['as written', 'as written']);
});

test.each([
  ['Chromium', `Failed to fetch dynamically imported module: ${URL}`],
  ['Firefox', `error loading dynamically imported module: ${URL}`],
])('one that did not load is asked for at another address each time (%s)', async (_, text) => {
  const { asked, load } = failing(2, new TypeError(text));
  await expect(load()).rejects.toThrow(text);
  await expect(load()).rejects.toThrow(text);
  expect(await load()).toBe('the module');
  expect(await load()).toBe('the module');
  expect(asked).toEqual(['as written', `${URL}?1`, `${URL}?2`, `${URL}?2`]);
});

test('an error without an address has the import repeated', async () => {
  const { asked, load } = failing(1, new TypeError('Importing a module script failed.'));
  await expect(load()).rejects.toThrow('Importing');
  expect(await load()).toBe('the module');
  expect(asked).toEqual(['as written', 'as written']);
});
