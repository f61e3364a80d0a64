import { expect, test } from 'vitest';
import { computeAcceptSteps } from '../../../src/lab/wire/accept-steps.ts';

test('the steps lead from the sample key to the sample answer (RFC 6455 §1.3)', () => {
  expect(computeAcceptSteps('dGhlIHNhbXBsZSBub25jZQ==')).toEqual({
    joined: 'dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11',
    hash: 'b37a4f2cc0624f1690f64606cf385945b2bec4ea',
    accept: 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
    trap: 'YjM3YTRmMmNjMDYyNGYxNjkwZjY0NjA2Y2YzODU5NDViMmJlYzRlYQ==',
  });
});
