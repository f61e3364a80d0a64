/**
 * Sealed, numbered records, the only thing that carries text. docs/protocol/pairing.md §7.
 *
 * The number in clear is the HPKE sequence number (RFC 9180 §5.2) and the only numbering there is.
 * Number 0 sealed the introduction (msg1 or msg2), so records begin at 1.
 */
import type { RecipientContext, SenderContext } from 'hpke';
import { ByteReader, ByteWriter, concatBytes, decodeU64, encodeU64, U64_BYTES } from './bytes.ts';
import { MAX_BODY_BYTES, MAX_CIPHERTEXT_BYTES, pad, TAG_BYTES, unpad } from './padding.ts';
import { encodeUtf8 } from './utf8.ts';

export const Direction = { toPage: 0, toPhone: 1 } as const;
export type Direction = (typeof Direction)[keyof typeof Direction];

export const FIRST_RECORD = 1;
/** The longest body of a record, beside the acknowledgement in its longest form. */
export const MAX_RECORD_BODY_BYTES = MAX_BODY_BYTES - 8;

const AAD_LABEL = encodeUtf8('rec');

/** What a record holds: how far the sender has received, and what it has to say (empty: nothing but that). */
export interface RecordContent {
  /** The number of the next record that the sender expects; all before it have arrived. */
  acknowledged: number;
  body: Uint8Array;
}

/** The smallest bucket of a record with a secret: lengths of passwords all look alike (§9.4). */
export const SECRET_BUCKET_BYTES = 1024;

export interface SealedRecord {
  n: number;
  /** The number, then the ciphertext: the body of a record envelope. Resent as it is, never sealed again. */
  bytes: Uint8Array;
}

function associatedData(direction: Direction, n: number, linkId: Uint8Array): Uint8Array {
  return concatBytes(AAD_LABEL, Uint8Array.of(direction), encodeU64(n), linkId);
}

/** Seals one direction. Calls must not overlap. */
export class RecordSealer {
  readonly #context: SenderContext;
  readonly #direction: Direction;
  readonly #linkId: Uint8Array;

  constructor(context: SenderContext, direction: Direction, linkId: Uint8Array) {
    this.#context = context;
    this.#direction = direction;
    this.#linkId = linkId;
  }

  /** @param leastBytes - see `pad` */
  async seal({ acknowledged, body }: RecordContent, leastBytes = 0): Promise<SealedRecord> {
    const n = this.#context.seq;
    const head = new ByteWriter().varint(acknowledged).finish();
    const ciphertext = await this.#context.Seal(
      pad(concatBytes(head, body), leastBytes),
      associatedData(this.#direction, n, this.#linkId),
    );
    return { n, bytes: concatBytes(encodeU64(n), ciphertext) };
  }
}

/** Opens one direction, strictly in order. Calls must not overlap. */
export class RecordOpener {
  readonly #context: RecipientContext;
  readonly #direction: Direction;
  readonly #linkId: Uint8Array;

  constructor(context: RecipientContext, direction: Direction, linkId: Uint8Array) {
    this.#context = context;
    this.#direction = direction;
    this.#linkId = linkId;
  }

  /** The number of the record that can be opened now. */
  get next(): number {
    return this.#context.seq;
  }

  /** @returns undefined when this is not the next record as the other side sealed it; nothing has changed then. */
  async open(bytes: Uint8Array): Promise<RecordContent | undefined> {
    const n = recordNumber(bytes);
    if (n !== this.next) return undefined;
    try {
      const padded = await this.#context.Open(
        bytes.subarray(U64_BYTES),
        associatedData(this.#direction, n, this.#linkId),
      );
      return decodeContent(padded);
    } catch {
      // OpenError: forged, altered, or meant for another link or direction.
      return undefined;
    }
  }
}

/** The number in clear. @returns undefined when these bytes cannot be a record. */
export function recordNumber(bytes: Uint8Array): number | undefined {
  const ciphertextBytes = bytes.length - U64_BYTES;
  if (ciphertextBytes <= TAG_BYTES || ciphertextBytes > MAX_CIPHERTEXT_BYTES) return undefined;
  return decodeU64(bytes);
}

function decodeContent(padded: Uint8Array): RecordContent | undefined {
  const plaintext = unpad(padded);
  if (plaintext === undefined) return undefined;
  const reader = new ByteReader(plaintext);
  const content = { acknowledged: reader.varint(), body: reader.rest() };
  return reader.failed ? undefined : content;
}
