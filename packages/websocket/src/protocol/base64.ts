const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

const CODES = Uint8Array.from(ALPHABET, (character) => character.charCodeAt(0));
const PADDING = 0x3d;

/** Base64 with padding (RFC 4648 §4); for keys and hashes: the text is made in one piece. */
export function encodeBase64(bytes: Uint8Array): string {
  const text: number[] = [];
  for (let index = 0; index < bytes.length; index += 3) {
    const left = bytes.length - index;
    const group =
      ((bytes[index] as number) << 16) |
      ((left > 1 ? (bytes[index + 1] as number) : 0) << 8) |
      (left > 2 ? (bytes[index + 2] as number) : 0);
    text.push(
      CODES[group >>> 18] as number,
      CODES[(group >>> 12) & 0x3f] as number,
      left > 1 ? (CODES[(group >>> 6) & 0x3f] as number) : PADDING,
      left > 2 ? (CODES[group & 0x3f] as number) : PADDING,
    );
  }
  return String.fromCharCode(...text);
}

/** The bytes of well-formed base64; what is not of the alphabet is passed over. */
export function decodeBase64(text: string): Uint8Array {
  const bytes: number[] = [];
  let bits = 0;
  let bitCount = 0;
  for (const character of text) {
    const value = ALPHABET.indexOf(character);
    if (value === -1) continue;
    bits = ((bits << 6) | value) & 0xffff;
    bitCount += 6;
    if (bitCount < 8) continue;
    bitCount -= 8;
    bytes.push((bits >>> bitCount) & 0xff);
  }
  return Uint8Array.from(bytes);
}
