/**
 * Packets of any allowed length over small datagrams. docs/protocol/phone.md §5.
 *
 * Each direction of a pipe is one stream: per packet a kind (u8), a length (u32), the bytes. The
 * stream is cut into segments, each with its number (u32) in front. The next segment is sent when
 * the one before it was acknowledged, so the receiver needs the number only to know repetitions.
 * All integers in network order.
 */

export type Packet = string | Uint8Array;

/** Longest packet: a sealed record of 64 KiB and 1 KiB for the headers of the layers above. */
export const MAX_PACKET_BYTES = 66_560;
/** Stream bytes per segment. With header, token, path and Echo a datagram stays below 1200 bytes. */
export const MAX_SEGMENT_STREAM_BYTES = 1024;
const SEGMENT_NUMBER_BYTES = 4;

const PacketKind = { text: 1, binary: 2 } as const;
const PACKET_HEADER_BYTES = 5;

/** Cuts packets into segments and keeps them until they are acknowledged. */
export class SegmentWriter {
  /** Encoded packets; the first one may be sent in part. */
  readonly #stream: Uint8Array[] = [];
  #sentOfFirst = 0;
  #number = 0;
  #current: Uint8Array | undefined;
  #bufferedBytes = 0;
  readonly #maxPacketBytes: number;

  constructor({ maxPacketBytes = MAX_PACKET_BYTES } = {}) {
    this.#maxPacketBytes = maxPacketBytes;
  }

  /** Stream bytes not yet acknowledged. */
  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  /**
   * Copies the packet.
   *
   * @throws RangeError when it is empty or longer than allowed
   */
  push(packet: Packet): void {
    const text = typeof packet === 'string';
    const body = text ? new TextEncoder().encode(packet) : packet;
    if (body.length === 0) throw new RangeError('packet must not be empty');
    if (body.length > this.#maxPacketBytes) {
      throw new RangeError(`packet must be at most ${this.#maxPacketBytes} bytes`);
    }
    const bytes = new Uint8Array(PACKET_HEADER_BYTES + body.length);
    bytes[0] = text ? PacketKind.text : PacketKind.binary;
    writeUint32(bytes, 1, body.length);
    bytes.set(body, PACKET_HEADER_BYTES);
    this.#stream.push(bytes);
    this.#bufferedBytes += bytes.length;
  }

  /**
   * The segment to send now, number included.
   *
   * The same bytes until `acknowledge`: a receiver that has it already drops whatever is new in a
   * repetition.
   */
  get current(): Uint8Array | undefined {
    this.#current ??= this.#cut();
    return this.#current;
  }

  acknowledge(): void {
    if (!this.#current) return;
    this.#bufferedBytes -= this.#current.length - SEGMENT_NUMBER_BYTES;
    this.#current = undefined;
    this.#number += 1;
  }

  #cut(): Uint8Array | undefined {
    if (this.#stream.length === 0) return undefined;
    const segment = new Uint8Array(SEGMENT_NUMBER_BYTES + MAX_SEGMENT_STREAM_BYTES);
    writeUint32(segment, 0, this.#number);
    let at = SEGMENT_NUMBER_BYTES;
    for (;;) {
      const [first] = this.#stream;
      if (!first || at === segment.length) return segment.subarray(0, at);
      const part = first.subarray(this.#sentOfFirst, this.#sentOfFirst + segment.length - at);
      segment.set(part, at);
      at += part.length;
      this.#sentOfFirst += part.length;
      if (this.#sentOfFirst === first.length) {
        this.#stream.shift();
        this.#sentOfFirst = 0;
      }
    }
  }
}

/** What was wrong with a segment. After anything but `too-short` the stream cannot be read on. */
export type SegmentError = 'too-short' | 'gap' | 'bad-kind' | 'empty' | 'too-large' | 'not-utf8';

export type ReadSegment = { ok: true; packets: Packet[] } | { ok: false; error: SegmentError };

/** Joins segments to packets again. Holds at most one packet of the allowed length. */
export class SegmentReader {
  readonly #maxPacketBytes: number;
  #expected = 0;
  readonly #header = new Uint8Array(PACKET_HEADER_BYTES);
  #headerBytes = 0;
  #parts: Uint8Array[] = [];
  #missingBytes = 0;

  constructor({ maxPacketBytes = MAX_PACKET_BYTES } = {}) {
    this.#maxPacketBytes = maxPacketBytes;
  }

  /** Takes one segment. A repetition of an earlier one gives no packets. Copies what it keeps. */
  receive(segment: Uint8Array): ReadSegment {
    if (segment.length < SEGMENT_NUMBER_BYTES) return { ok: false, error: 'too-short' };
    const number = readUint32(segment, 0);
    if (number < this.#expected) return { ok: true, packets: [] };
    if (number > this.#expected) return { ok: false, error: 'gap' };
    this.#expected += 1;
    const packets: Packet[] = [];
    let rest = segment.subarray(SEGMENT_NUMBER_BYTES);
    while (rest.length > 0) {
      if (this.#headerBytes < PACKET_HEADER_BYTES) {
        rest = this.#takeHeader(rest);
        if (this.#headerBytes < PACKET_HEADER_BYTES) break;
        const error = this.#checkHeader();
        if (error) return { ok: false, error };
      }
      rest = this.#takeBody(rest);
      if (this.#missingBytes > 0) break;
      const packet = this.#finishPacket();
      if (packet === undefined) return { ok: false, error: 'not-utf8' };
      packets.push(packet);
    }
    return { ok: true, packets };
  }

  #takeHeader(stream: Uint8Array): Uint8Array {
    const part = stream.subarray(0, PACKET_HEADER_BYTES - this.#headerBytes);
    this.#header.set(part, this.#headerBytes);
    this.#headerBytes += part.length;
    return stream.subarray(part.length);
  }

  #checkHeader(): SegmentError | undefined {
    const kind = this.#header[0];
    if (kind !== PacketKind.text && kind !== PacketKind.binary) return 'bad-kind';
    this.#missingBytes = readUint32(this.#header, 1);
    if (this.#missingBytes === 0) return 'empty';
    return this.#missingBytes > this.#maxPacketBytes ? 'too-large' : undefined;
  }

  #takeBody(stream: Uint8Array): Uint8Array {
    // A copy: a view of a few bytes would keep its whole datagram alive.
    const part = stream.slice(0, this.#missingBytes);
    this.#parts.push(part);
    this.#missingBytes -= part.length;
    return stream.subarray(part.length);
  }

  /** @returns undefined for a text that is not UTF-8. */
  #finishPacket(): Packet | undefined {
    const body = join(this.#parts);
    this.#parts = [];
    this.#headerBytes = 0;
    if (this.#header[0] === PacketKind.binary) return body;
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
    } catch {
      return undefined;
    }
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only) return only;
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(at, value);
}

function readUint32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
}
