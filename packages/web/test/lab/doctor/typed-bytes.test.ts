import { expect, test } from 'vitest';
import { parseEscaped, parseHex } from '../../../src/lab/doctor/typed-bytes.ts';

const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

test('hexadecimal may be written as people write it', () => {
  for (const written of ['8105 48', '81,05,48', '0x81 0x05 0x48', '81:05:48', '81\n0548']) {
    expect(parseHex(written)).toEqual(Uint8Array.of(0x81, 0x05, 0x48));
  }
  expect(parseHex('')).toEqual(new Uint8Array(0));
});

test('half a byte, and what is no digit, is refused', () => {
  for (const written of ['8', '81 0', 'xy', '81 zz']) expect(parseHex(written)).toBeUndefined();
});

test('written line ends count, those of the text field do not', () => {
  expect(text(parseEscaped('A: 1\\r\\n\nB: 2\\n\n\\r\\n'))).toBe('A: 1\r\nB: 2\n\r\n');
  expect(text(parseEscaped('a\\x0ab\\\\'))).toBe('a\nb\\');
});

test('without a written line end, those of the text field are CRLF', () => {
  expect(text(parseEscaped('A: 1\nB: 2\n\n'))).toBe('A: 1\r\nB: 2\r\n\r\n');
});
