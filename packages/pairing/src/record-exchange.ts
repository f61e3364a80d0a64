/**
 * Records to and fro over pipes that break: numbered, acknowledged, resent, dropped when they are
 * double. docs/protocol/pairing.md §8.
 *
 * The relay in between is not trusted. Whatever it repeats, reorders, drops or invents costs a
 * bounded amount and can only delay.
 */
import { decodeU64, encodeU64, U64_BYTES } from './bytes.ts';
import type { Environment } from './environment.ts';
import { Outbox, OUTBOX_BYTES, OUTBOX_RECORDS } from './outbox.ts';
import { Pacer, type RateLimits } from './pacer.ts';
import { FIRST_RECORD, recordNumber, type RecordOpener, type RecordSealer } from './record.ts';
import { EnvelopeKind, LINK_ID_BYTES } from './rendezvous.ts';

const ACK_DELAY_MS = 200;
const ACK_RECORDS = 16;
/** At most one position goes out, and one is obeyed, in this time. */
const POSITION_INTERVAL_MS = 200;
const PROBE_FIRST_MS = 2000;
const PROBE_LONGEST_MS = 30_000;
/** So many unanswered probes in a row on a silent pipe, and it is taken for dead. */
const PROBES_PER_PIPE = 3;
const MAX_FAILED_OPENS = 20;
const FAILED_OPENS_WINDOW_MS = 60_000;
/** The relay counts whole envelopes. */
const ENVELOPE_HEADER_BYTES = 1 + LINK_ID_BYTES;

export interface RecordExchangeHost {
  /** @returns false: taken, but the pipe wants a pause until `drained`. */
  transmit(kind: EnvelopeKind, body: Uint8Array): boolean;
  /** A record's content came, once and in order. */
  received(body: Uint8Array): void;
  /** The other side has all records before this number. */
  acknowledged(next: number): void;
  /** The other side, or somebody in its place, breaks the protocol: give the link up. */
  broken(): void;
  /** Nothing comes back on this pipe: open another. */
  silent(): void;
}

export class RecordExchange {
  readonly #sealer: RecordSealer;
  readonly #opener: RecordOpener;
  readonly #environment: Environment;
  readonly #host: RecordExchangeHost;
  readonly #outbox = new Outbox();

  #pacer: Pacer | undefined;
  #blocked = false;
  #peerHere = false;
  #cancelPacing: (() => void) | undefined;

  /** How far the newest sealed record told that we have received, and that record's number. */
  #told = { next: FIRST_RECORD, by: 0 };
  #unacknowledged = 0;
  #ackNow = false;
  #repeatAck = false;
  #cancelAck: (() => void) | undefined;

  #positionSentAtMs = Number.NEGATIVE_INFINITY;
  #cancelPosition: (() => void) | undefined;
  #rewoundAtMs = Number.NEGATIVE_INFINITY;
  #rewindTo = Number.POSITIVE_INFINITY;
  #cancelRewind: (() => void) | undefined;

  /** The newest record that said more than an acknowledgement. */
  #newestContent = 0;
  #probes = 0;
  #heardSinceProbe = false;
  #cancelProbe: (() => void) | undefined;

  #failedOpensAtMs: number[] = [];

  constructor(
    sealer: RecordSealer,
    opener: RecordOpener,
    environment: Environment,
    host: RecordExchangeHost,
  ) {
    this.#sealer = sealer;
    this.#opener = opener;
    this.#environment = environment;
    this.#host = host;
  }

  get unackedRecords(): number {
    return this.#outbox.records;
  }

  get unackedBytes(): number {
    return this.#outbox.bytes;
  }

  /**
   * Whether a record sealed now would leave now. Sealing waits for that: what is not sealed can
   * still be joined or replaced. When only the rate is against it, a timer is set.
   */
  isReady(): boolean {
    return !this.#outbox.full && this.#isClear();
  }

  /** The link has a pipe again. */
  attach(limits: RateLimits, peerHere: boolean): void {
    this.#pacer = new Pacer(limits, this.#environment.nowMs());
    this.#blocked = false;
    this.#heardSinceProbe = true;
    this.#peerHere = peerHere;
    this.#positionSentAtMs = Number.NEGATIVE_INFINITY;
    if (peerHere) {
      this.peerCame();
    } else {
      // The relay may have lost what the last pipe carried, and keeps records for a sleeping peer.
      this.#outbox.rewind(0);
      this.#pump();
    }
  }

  detach(): void {
    this.#pacer = undefined;
    this.#cancelPacing?.();
    this.#cancelProbe?.();
    this.#cancelProbe = undefined;
  }

  stop(): void {
    this.detach();
    this.#cancelAck?.();
    this.#cancelPosition?.();
    this.#cancelRewind?.();
  }

  /** Tells where to go on from; the other side does the same. */
  peerCame(): void {
    this.#peerHere = true;
    this.#sendPosition();
    this.#pump();
  }

  peerLeft(): void {
    this.#peerHere = false;
  }

  drained(): void {
    this.#blocked = false;
    this.#pump();
  }

  /** The relay refused records for being too many; it has dropped what it refused. */
  pause(forMs: number): void {
    this.#pacer?.pause(forMs, this.#environment.nowMs());
    this.#outbox.rewind(0);
    this.#pump();
  }

  /**
   * Seals a body and keeps it until it is acknowledged. Calls must not overlap.
   *
   * @param leastBytes - see `pad`
   * @returns its number
   */
  async send(body: Uint8Array, leastBytes = 0): Promise<number> {
    const next = this.#opener.next;
    const record = await this.#sealer.seal({ acknowledged: next, body }, leastBytes);
    this.#told = { next, by: record.n };
    this.#unacknowledged = 0;
    this.#ackNow = false;
    this.#repeatAck = false;
    this.#cancelAck?.();
    this.#cancelAck = undefined;
    this.#outbox.push(record);
    if (body.length > 0) this.#newestContent = record.n;
    this.#pump();
    return record.n;
  }

  /** Sends an acknowledgement when one is due and nothing else has carried it. */
  async acknowledgeIfDue(): Promise<void> {
    if (!(this.#repeatAck || this.#ackNow) || !this.#isClear()) return;
    if (this.#repeatAck && this.#told.next === this.#opener.next) {
      this.#repeatAck = false;
      const record = this.#outbox.get(this.#told.by);
      // Gone from the outbox: the other side has it, so it only sees old records again.
      if (record && this.#mayLeave(record.bytes)) this.#transmit(record.bytes);
    } else if (this.#ackNow) {
      await this.send(new Uint8Array());
      // A peer that talks but never acknowledges would make us keep acknowledgements for ever.
      const { records, bytes } = this.#outbox;
      if (records > 2 * OUTBOX_RECORDS || bytes > 2 * OUTBOX_BYTES) this.#host.broken();
    }
  }

  /** The body of a record envelope, from anybody. */
  async receiveRecord(bytes: Uint8Array): Promise<void> {
    this.#heardSinceProbe = true;
    const n = recordNumber(bytes);
    if (n === undefined) return this.#openFailed();
    if (n < this.#opener.next) return this.#receivedAgain();
    if (n > this.#opener.next) return this.#sendPosition();
    const content = await this.#opener.open(bytes);
    if (content === undefined) return this.#openFailed();
    const before = this.#outbox.first;
    if (!this.#outbox.acknowledge(content.acknowledged)) return this.#host.broken();
    if (this.#outbox.first > before) {
      this.#progressed();
      this.#host.acknowledged(content.acknowledged);
    }
    if (content.body.length > 0) {
      this.#owe();
      this.#host.received(content.body);
    }
  }

  /** The body of a position envelope, from anybody: in clear, so it is obeyed sparingly. */
  receivePosition(body: Uint8Array): void {
    this.#heardSinceProbe = true;
    const position = body.length === U64_BYTES ? decodeU64(body) : undefined;
    if (position === undefined || position >= this.#outbox.end) return;
    const waitMs = this.#rewoundAtMs + POSITION_INTERVAL_MS - this.#environment.nowMs();
    this.#rewindTo = Math.min(this.#rewindTo, position);
    if (waitMs <= 0 || waitMs > POSITION_INTERVAL_MS) return this.#rewind();
    this.#cancelRewind ??= this.#environment.setTimer(waitMs, () => this.#rewind());
  }

  #rewind(): void {
    this.#cancelRewind?.();
    this.#cancelRewind = undefined;
    this.#rewoundAtMs = this.#environment.nowMs();
    this.#outbox.rewind(this.#rewindTo);
    this.#rewindTo = Number.POSITIVE_INFINITY;
    this.#pump();
  }

  /** There is a pipe, it takes packets, and everything sealed so far has been given to it. */
  #isClear(): boolean {
    if (this.#pacer === undefined || this.#blocked || this.#outbox.hasUnsent) return false;
    const waitMs = this.#pacer.waitMs(0, this.#environment.nowMs());
    if (waitMs > 0) this.#armPacing(waitMs);
    return waitMs === 0;
  }

  #pump(): void {
    for (let record = this.#outbox.peek(); record; record = this.#outbox.peek()) {
      if (!this.#mayLeave(record.bytes)) break;
      this.#outbox.advance();
      this.#transmit(record.bytes);
    }
    this.#armProbe();
  }

  #transmit(record: Uint8Array): void {
    if (!this.#host.transmit(EnvelopeKind.record, record)) this.#blocked = true;
  }

  #mayLeave(record: Uint8Array): boolean {
    if (this.#pacer === undefined || this.#blocked) return false;
    const bytes = ENVELOPE_HEADER_BYTES + record.length;
    const waitMs = this.#pacer.take(bytes, this.#environment.nowMs());
    if (waitMs > 0) this.#armPacing(waitMs);
    return waitMs === 0;
  }

  #armPacing(waitMs: number): void {
    this.#cancelPacing?.();
    this.#cancelPacing = this.#environment.setTimer(waitMs, () => this.#pump());
  }

  /** Something came that must be acknowledged, soon or at once. */
  #owe(): void {
    this.#unacknowledged += 1;
    if (this.#unacknowledged >= ACK_RECORDS) this.#ackNow = true;
    this.#armAck(() => {
      this.#ackNow = true;
    });
  }

  #armAck(due: () => void): void {
    this.#cancelAck ??= this.#environment.setTimer(ACK_DELAY_MS, () => {
      this.#cancelAck = undefined;
      due();
    });
  }

  /** The acknowledgement may have been lost: repeat it, sealed bytes and all, unless a newer one is on its way. */
  #receivedAgain(): void {
    if (this.#told.next !== this.#opener.next) return this.#owe();
    this.#armAck(() => {
      this.#repeatAck = true;
    });
  }

  #sendPosition(): void {
    if (this.#pacer === undefined) return;
    const nowMs = this.#environment.nowMs();
    const waitMs = this.#positionSentAtMs + POSITION_INTERVAL_MS - nowMs;
    if (waitMs > 0 && waitMs <= POSITION_INTERVAL_MS) {
      this.#cancelPosition ??= this.#environment.setTimer(waitMs, () => {
        this.#cancelPosition = undefined;
        this.#sendPosition();
      });
      return;
    }
    this.#positionSentAtMs = nowMs;
    if (!this.#host.transmit(EnvelopeKind.position, encodeU64(this.#opener.next))) {
      this.#blocked = true;
    }
  }

  /**
   * While content is unacknowledged by a peer that is there, the oldest record is repeated now and
   * then. Acknowledgements alone are not worth it, and two idle sides would go on for ever.
   */
  #armProbe(): void {
    if (!this.#peerHere || this.#pacer === undefined) return;
    if (this.#newestContent < this.#outbox.first) return;
    const delayMs = Math.min(PROBE_FIRST_MS * 2 ** this.#probes, PROBE_LONGEST_MS);
    this.#cancelProbe ??= this.#environment.setTimer(delayMs, () => {
      this.#cancelProbe = undefined;
      this.#probe();
    });
  }

  #probe(): void {
    if (!this.#peerHere) return;
    this.#probes += 1;
    const silent = !this.#heardSinceProbe;
    this.#heardSinceProbe = false;
    if (silent && this.#probes === PROBES_PER_PIPE) return this.#host.silent();
    const oldest = this.#outbox.get(this.#outbox.first);
    if (oldest && !this.#outbox.hasUnsent && this.#mayLeave(oldest.bytes)) {
      this.#transmit(oldest.bytes);
    }
    this.#armProbe();
  }

  /** Something was acknowledged. If it took a repetition, what came after is likely lost as well. */
  #progressed(): void {
    if (this.#probes > 0) this.#outbox.rewind(0);
    this.#probes = 0;
    this.#cancelProbe?.();
    this.#cancelProbe = undefined;
    this.#pump();
  }

  #openFailed(): void {
    const nowMs = this.#environment.nowMs();
    this.#failedOpensAtMs = this.#failedOpensAtMs.filter(
      (atMs) => Math.abs(nowMs - atMs) < FAILED_OPENS_WINDOW_MS,
    );
    this.#failedOpensAtMs.push(nowMs);
    if (this.#failedOpensAtMs.length >= MAX_FAILED_OPENS) this.#host.broken();
  }
}
