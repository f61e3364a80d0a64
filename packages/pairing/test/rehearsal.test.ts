import { expect, test } from 'vitest';
import { rehearseKeyAgreement } from '../src/rehearsal.ts';

test('the rehearsal goes through the whole key agreement and a record', async () => {
  expect(await rehearseKeyAgreement()).toBe(true);
});
