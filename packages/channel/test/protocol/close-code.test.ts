import { expect, test } from 'vitest';

import { ChannelCloseCode, checkClose } from '../../src/protocol/close-code.ts';

test('a user may end a channel with 1000 and 3000–4999', () => {
  for (const code of [1000, 3000, 4000, 4999]) expect(() => checkClose(code, '')).not.toThrow();
  for (const code of [0, 999, 1001, 1005, 1006, 1011, 2999, 5000, 3000.5, Number.NaN]) {
    expect(() => checkClose(code, '')).toThrow(RangeError);
  }
});

test('a reason has 123 bytes at most', () => {
  expect(() => checkClose(1000, '字'.repeat(41))).not.toThrow();
  expect(() => checkClose(1000, `${'字'.repeat(41)}a`)).toThrow(RangeError);
});

test('what the channel itself sends as a client is what a browser may send', () => {
  const { badPacket, packetTooLarge, overflow, subprotocol } = ChannelCloseCode;
  for (const code of [badPacket, packetTooLarge, overflow, subprotocol]) {
    expect(() => checkClose(code, '')).not.toThrow();
  }
});
