import {
  decodeEnvelope,
  formatReply,
  MAX_CONTROL_BYTES,
  MAX_ENVELOPE_BYTES,
  parseRequest,
  RelayCloseCode,
  type Refusal,
  type Reply,
  type Request,
} from '@pairwire/pairing/rendezvous';
import type { ChannelHandler, Packet, ServerChannel } from '@pairwire/channel/server';

import type { Seat, SeatHolder } from './binding.ts';
import type { Clock } from './clock.ts';
import type { RelayCounters } from './counters.ts';
import type { ResolvedRelayOptions } from './options.ts';
import { TokenBucket, type Rate } from './token-bucket.ts';

/** What all sessions of a relay share. */
export interface SessionHost {
  readonly options: ResolvedRelayOptions;
  readonly counters: RelayCounters;
  readonly clock: Clock;
  readonly requestRate: Rate;
  readonly strikeRate: Rate;
  /** Answers a request; never rejects. */
  request(session: Session, request: Request): Promise<void>;
  /** It began (true) or ceased to leave unread what it was sent. */
  fullChanged(session: Session, isFull: boolean): void;
  /** It took its first seat, or gave up its last one. */
  seatedChanged(session: Session, isSeated: boolean): void;
  /** Everything that came over the channel is handled, and no more will. */
  done(session: Session): void;
  /** The relay ended the channel. */
  ended(session: Session, code: number): void;
}

/** Who is at the other end, as far as limits go. */
export interface ClientName {
  /** See `clientOf`. */
  readonly name: string;
  readonly isUnlimited: boolean;
}

interface RefusalDetails {
  link?: string;
  path?: string;
  retryAfterMs?: number;
}

/** A path may repeat what a stranger wrote; it goes back to nobody else, and not at any length. */
const MAX_PATH_LENGTH = 64;

/**
 * One channel at the relay: takes its packets strictly one after the other, so that what was sent
 * behind a request also happens behind it, and slows its reading down when it has to wait.
 */
export class Session implements ChannelHandler, SeatHolder {
  readonly client: string;
  readonly isUnlimited: boolean;
  readonly #channel: ServerChannel;
  readonly #host: SessionHost;
  readonly #requests: TokenBucket;
  readonly #strikes: TokenBucket;
  #seats: Seat[] = [];
  #inbox: Packet[] = [];
  #isFull = false;
  /** A request is being answered. */
  #isBusy = false;
  /** The other side of the first envelope in the inbox does not read. */
  #isWaiting = false;
  #cancelTimer: (() => void) | undefined;
  #isPumping = false;
  #isClosed = false;
  #isDone = false;

  constructor(channel: ServerChannel, client: ClientName, host: SessionHost) {
    this.client = client.name;
    this.isUnlimited = client.isUnlimited;
    this.#channel = channel;
    this.#host = host;
    const nowMs = host.clock.nowMs();
    this.#requests = new TokenBucket(host.requestRate, nowMs);
    this.#strikes = new TokenBucket(host.strikeRate, nowMs);
  }

  get seats(): readonly Seat[] {
    return this.#seats;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  /** Nothing can be said to it any more. */
  get isDone(): boolean {
    return this.#isDone;
  }

  seatOf(linkId: string): Seat | undefined {
    return this.#seats.find((seat) => seat.binding.id === linkId);
  }

  hold(seat: Seat): void {
    this.#seats.push(seat);
    if (this.#seats.length === 1) this.#host.seatedChanged(this, true);
  }

  release(seat: Seat): void {
    this.#seats = this.#seats.filter((held) => held !== seat);
    if (this.#seats.length === 0 && !this.#isDone) this.#host.seatedChanged(this, false);
    // What it waits to send may belong to this very seat.
    this.unblock();
  }

  // What arrives

  packet(packet: Packet): void {
    if (this.#isDone) return;
    const isNext = this.#inbox.length === 0 && !this.#isBlocked();
    if (isNext && this.#handle(packet)) return;
    this.#inbox.push(packet);
    this.#channel.pause();
    if (this.#inbox.length > this.#host.options.maxInbox) {
      this.end(RelayCloseCode.tooMany, 'too-many');
    }
  }

  drain(): void {
    if (!this.#isFull) return;
    this.#isFull = false;
    this.#host.fullChanged(this, false);
    for (const seat of this.#seats) seat.other?.holder?.unblock();
  }

  close(): void {
    this.#isClosed = true;
    this.#isWaiting = false;
    this.#stopTimer();
    this.#pump();
  }

  unblock(): void {
    this.#isWaiting = false;
    this.#pump();
  }

  // What is sent

  reply(reply: Reply): void {
    this.deliver(formatReply(reply));
  }

  refuse(reason: Refusal, details: RefusalDetails = {}): void {
    this.#host.counters.refusals[reason] += 1;
    this.reply({ type: 'refused', reason, ...details });
  }

  deliver(packet: Packet): boolean {
    if (this.#isDone || this.#channel.state !== 'open') return false;
    // The length in UTF-16 units will do: replies are ASCII.
    if (this.#channel.bufferedBytes + packet.length > this.#host.options.maxQueuedBytes) {
      this.end(RelayCloseCode.slow, 'slow');
      return false;
    }
    const mayGoOn = this.#channel.send(packet);
    if (!mayGoOn && !this.#isFull) {
      this.#isFull = true;
      this.#host.fullChanged(this, true);
    }
    return true;
  }

  replace(): void {
    this.end(RelayCloseCode.replaced, 'replaced');
  }

  /** Closes the channel and lets go of everything at once, without waiting for the other side. */
  end(code: number, reason: string): void {
    if (this.#isDone) return;
    this.#inbox = [];
    this.#host.ended(this, code);
    this.#finish();
    this.#channel.close(code, reason);
  }

  /** @returns false: not yet, the same packet again later */
  #handle(packet: Packet): boolean {
    if (typeof packet !== 'string') return this.#handleEnvelope(packet);
    this.#handleRequest(packet);
    return true;
  }

  #handleRequest(text: string): void {
    if (text.length > MAX_CONTROL_BYTES) return this.#strike('too-large');
    const retryAfterMs = this.#isClosed ? 0 : this.#takeRequest();
    if (retryAfterMs > 0) return this.#strike('too-many', { retryAfterMs });
    const parsed = parseRequest(text);
    if (!parsed.ok) {
      const path = parsed.path.slice(0, MAX_PATH_LENGTH);
      return this.#strike(path === 'v' ? 'version' : 'bad-request', { path });
    }
    this.#isBusy = true;
    void this.#host.request(this, parsed.value).then(() => {
      this.#isBusy = false;
      this.#pump();
    });
  }

  #handleEnvelope(bytes: Uint8Array): boolean {
    const envelope = decodeEnvelope(bytes);
    if (envelope === undefined) {
      this.#strike(bytes.byteLength > MAX_ENVELOPE_BYTES ? 'too-large' : 'bad-request');
      return true;
    }
    const { buffer, byteOffset, byteLength } = envelope.link;
    const link = Buffer.from(buffer, byteOffset, byteLength).toString('base64url');
    const seat = this.seatOf(link);
    if (seat === undefined) {
      this.#refuseStray(link);
      return true;
    }
    const outcome = seat.binding.forward(seat, envelope.kind, bytes, this.#isClosed);
    switch (outcome.type) {
      case 'forwarded':
        return true;
      case 'refused':
        this.#strike(outcome.reason, { link });
        return true;
      case 'blocked':
        this.#isWaiting = true;
        return false;
      case 'too-fast':
        this.#cancelTimer = this.#host.clock.setTimer(outcome.waitMs, () => {
          this.#cancelTimer = undefined;
          this.#pump();
        });
        return false;
    }
  }

  /** Records may still be on their way when a link ends: answered while that is cheap, no strike. */
  #refuseStray(link: string): void {
    if (this.#takeRequest() === 0) this.refuse('unknown-link', { link });
    else this.#strike();
  }

  #takeRequest(): number {
    return this.#requests.take(1, this.#host.clock.nowMs());
  }

  /** Refuses, and ends a channel that gives reason to again and again. */
  #strike(reason?: Refusal, details: RefusalDetails = {}): void {
    if (this.#strikes.take(1, this.#host.clock.nowMs()) > 0) {
      const isRate = reason === 'too-many' || reason === undefined;
      if (reason === 'too-large') this.end(RelayCloseCode.tooLarge, 'too-large');
      else if (isRate) this.end(RelayCloseCode.tooMany, 'too-many');
      else this.end(RelayCloseCode.badRequest, reason);
    } else if (reason !== undefined) {
      this.refuse(reason, details);
    }
  }

  #isBlocked(): boolean {
    return this.#isBusy || this.#isWaiting || this.#cancelTimer !== undefined;
  }

  #pump(): void {
    if (this.#isPumping || this.#isDone) return;
    this.#isPumping = true;
    while (this.#inbox.length > 0 && !this.#isBlocked()) {
      const packet = this.#inbox[0];
      if (packet === undefined || !this.#handle(packet)) break;
      this.#inbox.shift();
    }
    this.#isPumping = false;
    if (this.#inbox.length > 0 || this.#isBlocked()) return;
    if (this.#isClosed) this.#finish();
    else this.#channel.resume();
  }

  #finish(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#stopTimer();
    if (this.#isFull) this.#host.fullChanged(this, false);
    this.#host.done(this);
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}
