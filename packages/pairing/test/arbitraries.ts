import fc from 'fast-check';

/** Texts that people write and that programs trip over, and any code point besides. */
const piece = fc.oneof(
  fc.constantFrom(
    'a',
    ' ',
    '\n',
    '\r\n',
    '\t',
    '您好',
    'é',
    'e\u0301',
    '😀',
    '👩‍👩‍👧',
    '🇨🇳',
    '\ufeff',
    '\0',
  ),
  fc.integer({ min: 0, max: 0x10ffff - 0x800 }).map((n) =>
    // Leaves the surrogates out: they are no characters.
    String.fromCodePoint(n < 0xd800 ? n : n + 0x800),
  ),
);

export const anyText = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(''));
