import { expect, test } from 'vitest';

import { columnsOf } from '../../src/simulator/columns.ts';

test.each([
  ['a', 1],
  ['é', 1],
  ['…', 1],
  ['字', 2],
  ['の', 2],
  ['：', 2],
  ['😀', 2],
])('%s takes %i columns', (character, columns) => {
  expect(columnsOf(character)).toBe(columns);
});
