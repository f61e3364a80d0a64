import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';

import { createSideToken, hashSideToken, isSameSecret } from '../../src/relay/side-token.ts';

test('a side token has 32 random bytes, and its hash does not hold it', () => {
  const { token, hash } = createSideToken(randomBytes);
  expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(hash).toBe(hashSideToken(token));
  expect(hash).not.toContain(token);
  expect(createSideToken(randomBytes).token).not.toBe(token);
});

test('secrets are the same only when every character is', () => {
  expect(isSameSecret('abc', 'abc')).toBe(true);
  expect(isSameSecret('abc', 'abd')).toBe(false);
  expect(isSameSecret('abc', '')).toBe(false);
  expect(isSameSecret('ä', 'a')).toBe(false);
});
