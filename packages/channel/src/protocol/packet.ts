/** One unit of a channel: text or bytes, delivered with its boundaries kept. Never empty. */
export type Packet = string | Uint8Array;

/**
 * Longest packet by default, in bytes: a sealed record of 64 KiB and 1 KiB for the headers of the
 * layers above.
 */
export const DEFAULT_MAX_PACKET_BYTES = 66_560;

/** Size on the wire: bytes of UTF-8 for text. A lone surrogate counts as the U+FFFD it becomes. */
export function packetBytes(packet: Packet): number {
  return typeof packet === 'string' ? utf8Length(packet) : packet.byteLength;
}

/**
 * Checks a packet that is about to be sent.
 *
 * @throws {TypeError} when it is neither text nor bytes
 * @throws {RangeError} when it is empty or longer than `maxPacketBytes`
 */
export function checkPacket(packet: Packet, maxPacketBytes: number): void {
  if (typeof packet !== 'string' && !(packet instanceof Uint8Array)) {
    throw new TypeError(`packet must be a string or a Uint8Array, got ${typeof packet}`);
  }
  if (packet.length === 0) throw new RangeError('packet must not be empty');
  if (isLongerThan(packet, maxPacketBytes)) {
    throw new RangeError(`packet must be at most ${maxPacketBytes} bytes`);
  }
}

/** Looks at the characters of a text only when its length leaves the answer open. */
export function isLongerThan(packet: Packet, bytes: number): boolean {
  if (typeof packet !== 'string') return packet.byteLength > bytes;
  if (packet.length > bytes) return true;
  return packet.length * 3 > bytes && utf8Length(packet) > bytes;
}

function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) {
      bytes += 1;
      continue;
    }
    bytes += 2;
    // Both halves of a pair share four bytes: two units were counted already, two bytes are added.
    if (isHigh(unit) && isLow(text.charCodeAt(i + 1))) i += 1;
  }
  return bytes;
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

/** Also false for the NaN behind the end of a text. */
function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
