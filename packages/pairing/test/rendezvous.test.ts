import { expect, test } from 'vitest';
import { parseRequest } from '../src/rendezvous.ts';

test('a request that is not JSON is refused with a problem, not thrown', () => {
  expect(parseRequest('{')).toEqual({ ok: false, path: '', problem: 'not JSON' });
});
