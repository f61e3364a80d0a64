import { expect, test } from 'vitest';

import { isControlOpcode, isReservedOpcode, Opcode } from '../../src/protocol/opcode.ts';

const ALL = Array.from({ length: 16 }, (_, opcode) => opcode);

test('opcodes 8 and above are control frames (§5.5)', () => {
  expect(ALL.filter(isControlOpcode)).toEqual([8, 9, 10, 11, 12, 13, 14, 15]);
});

test('every opcode that is not defined is reserved (§5.2)', () => {
  const defined: readonly number[] = Object.values(Opcode);
  expect(ALL.filter(isReservedOpcode)).toEqual(ALL.filter((opcode) => !defined.includes(opcode)));
});
