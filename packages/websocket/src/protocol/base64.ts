const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Base64 with padding (RFC 4648 §4); for keys and hashes. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let index = 0; index < bytes.length; index += 3) {
    const left = bytes.length - index;
    const group =
      ((bytes[index] as number) << 16) |
      ((left > 1 ? (bytes[index + 1] as number) : 0) << 8) |
      (left > 2 ? (bytes[index + 2] as number) : 0);
    text += ALPHABET[group >>> 18];
    text += ALPHABET[(group >>> 12) & 0x3f];
    text += left > 1 ? ALPHABET[(group >>> 6) & 0x3f] : '=';
    text += left > 2 ? ALPHABET[group & 0x3f] : '=';
  }
  return text;
}
