import type {
  Channel,
  ChannelClose,
  ChannelHandler,
  ChannelState,
  TransportName,
} from './channel.ts';
import { ChannelCloseCode, checkClose } from './close-code.ts';
import { ChannelError, InvalidStateError, type ChannelErrorCode } from './errors.ts';
import { checkPacket, isLongerThan, packetBytes, type Packet } from './packet.ts';
import type { Transport, TransportEvents } from './transport.ts';

export interface ChannelLimits {
  readonly maxPacketBytes: number;
  /** On either way: bytes not yet sent, and bytes held back while paused. */
  readonly maxBufferedBytes: number;
}

/** What a held packet costs beyond its bytes, so that a flood of tiny ones is bounded too. */
const PACKET_OVERHEAD_BYTES = 64;

/**
 * The channel of either role over any transport: states, limits, and holding packets back for
 * transports that cannot stop reading.
 */
export class CarriedChannel implements Channel, TransportEvents {
  readonly #limits: ChannelLimits;
  readonly #carrier: Transport;
  #handler: ChannelHandler | undefined;
  #state: ChannelState = 'connecting';
  #paused = false;
  #held: Packet[] | undefined;
  #heldBytes = 0;
  #failure: ChannelError | undefined;
  /** The other side's end, waiting behind held packets. */
  #pendingClose: ChannelClose | undefined;

  /** @param carry - makes the transport, which stays silent until `start` was called */
  constructor(limits: ChannelLimits, carry: (events: TransportEvents) => Transport) {
    this.#limits = limits;
    this.#carrier = carry(this);
  }

  start(handler: ChannelHandler): void {
    this.#handler = handler;
  }

  get transport(): TransportName {
    return this.#carrier.name;
  }

  get state(): ChannelState {
    return this.#state;
  }

  get bufferedBytes(): number {
    return this.#carrier.bufferedBytes;
  }

  send(packet: Packet): boolean {
    checkPacket(packet, this.#limits.maxPacketBytes);
    if (this.#state === 'connecting') {
      throw new InvalidStateError('the channel is still connecting: wait for open');
    }
    if (this.#state !== 'open') return false;
    const waiting = this.#carrier.bufferedBytes;
    // One packet is always taken, or a small limit would forbid sending at all.
    if (waiting > 0 && waiting + packetBytes(packet) > this.#limits.maxBufferedBytes) {
      this.#fail('PW_CHANNEL_OVERFLOW', ChannelCloseCode.overflow);
      return false;
    }
    return this.#carrier.send(packet);
  }

  close(code: number = ChannelCloseCode.normal, reason = ''): void {
    checkClose(code, reason);
    if (this.#pendingClose !== undefined) this.#finish(this.#pendingClose);
    this.#end(code, reason);
  }

  pause(): void {
    if (this.#paused || this.#state === 'closed') return;
    this.#paused = true;
    this.#carrier.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#deliverHeld();
    // The handler may have paused again, or closed, while it was served.
    if (this.#isPaused()) return;
    if (this.#pendingClose !== undefined) this.#finish(this.#pendingClose);
    else if (this.#state !== 'closed') this.#carrier.resume();
  }

  opened(): void {
    if (this.#state !== 'connecting') return;
    this.#state = 'open';
    this.#handler?.open?.();
  }

  received(packet: Packet): void {
    if (this.#state !== 'open') return;
    if (packet.length === 0) {
      this.#fail('PW_CHANNEL_BAD_PACKET', ChannelCloseCode.badPacket);
    } else if (isLongerThan(packet, this.#limits.maxPacketBytes)) {
      this.#fail('PW_CHANNEL_PACKET_TOO_LARGE', ChannelCloseCode.packetTooLarge);
    } else if (this.#paused || this.#held !== undefined) {
      this.#hold(packet);
    } else {
      this.#handler?.packet(packet);
    }
  }

  drained(): void {
    if (this.#state === 'open') this.#handler?.drain?.();
  }

  closed(close: ChannelClose): void {
    if (this.#state === 'closed' || this.#pendingClose !== undefined) return;
    const isHeld = this.#paused && this.#state === 'open' && this.#held !== undefined;
    if (!isHeld) return this.#finish(close);
    // The end comes last, so it waits for whoever paused to take the packets before it.
    this.#state = 'closing';
    this.#pendingClose = close;
  }

  #hold(packet: Packet): void {
    this.#heldBytes += packetBytes(packet) + PACKET_OVERHEAD_BYTES;
    if (this.#heldBytes > this.#limits.maxBufferedBytes) {
      this.#fail('PW_CHANNEL_OVERFLOW', ChannelCloseCode.overflow);
      return;
    }
    this.#held ??= [];
    this.#held.push(packet);
  }

  #deliverHeld(): void {
    const held = this.#held;
    if (held === undefined) return;
    let next = 0;
    while (next < held.length && !this.#paused && this.#held === held) {
      const packet = held[next++];
      if (packet === undefined) break;
      this.#heldBytes -= packetBytes(packet) + PACKET_OVERHEAD_BYTES;
      this.#handler?.packet(packet);
    }
    if (this.#held !== held) return;
    if (next === held.length) this.#dropHeld();
    else held.splice(0, next);
  }

  #dropHeld(): void {
    this.#held = undefined;
    this.#heldBytes = 0;
  }

  /** A method, because a field checked before a call to the handler counts as unchanged after it. */
  #isPaused(): boolean {
    return this.#paused;
  }

  #fail(error: ChannelErrorCode, code: number): void {
    this.#failure = new ChannelError(error);
    this.#end(code, this.#failure.message);
  }

  #end(code: number, reason: string): void {
    if (this.#state === 'closing' || this.#state === 'closed') return;
    this.#state = 'closing';
    this.#dropHeld();
    // A closing handshake cannot finish while its answer is left unread.
    if (this.#paused) {
      this.#paused = false;
      this.#carrier.resume();
    }
    this.#carrier.close(code, reason);
  }

  #finish(close: ChannelClose): void {
    this.#state = 'closed';
    this.#dropHeld();
    this.#pendingClose = undefined;
    const handler = this.#handler;
    this.#handler = undefined;
    const error = this.#failure ?? close.error;
    handler?.close(error === undefined ? close : { ...close, error });
  }
}
