/**
 * One side's seat at a link that both sides have claimed: takes it back on every new pipe, holds
 * the records and the conversation. docs/protocol/pairing.md §4.3, §6.
 */
import { encodeBase64url } from './base64url.ts';
import { Conversation, type ConversationOptions } from './conversation.ts';
import type { TextEvents } from './endpoint.ts';
import type { Environment } from './environment.ts';
import type { Handshake } from './key-schedule.ts';
import type { RateLimits } from './pacer.ts';
import { Direction, RecordOpener, RecordSealer } from './record.ts';
import { RecordExchange } from './record-exchange.ts';
import type { RelayClient } from './relay-client.ts';
import {
  EnvelopeKind,
  type EndReason,
  type Envelope,
  type Presence,
  type Refusal,
  type Reply,
  type Side,
} from './rendezvous.ts';

/** Longer without a relay, and the other side has been told that this one is gone. */
const SLEEP_LIMIT_MS = 600_000;
const RETRY_FIRST_MS = 1000;
/** A relay that does not answer is asked once more, and again. */
const ANSWER_TIMEOUT_MS = 10_000;
const RETRY_LONGEST_MS = 60_000;

export interface PairedLinkHost {
  /** An introduction came: msg1 at the page, msg2 at the phone. */
  introduced(envelope: Envelope): void | Promise<void>;
  /** The other side can be reached: what it needs of the introduction should be repeated. */
  introduce(): void;
  /** Both sides have accepted each other. */
  connected(): void;
  ended(reason: EndReason | Refusal | 'offline'): void;
}

export interface Seat {
  side: Side;
  linkId: Uint8Array;
  token: string;
  /** The relay's epoch in which the token was given. */
  epoch: string;
}

export class PairedLink {
  readonly #client: RelayClient;
  readonly #environment: Environment;
  readonly #host: PairedLinkHost;
  readonly #seat: Seat;
  readonly #link: string;
  #limits: RateLimits;
  #attached = true;
  /** Between two pipes, both open: the seat is on its way from one to the other. */
  #moving = false;
  #presence: Presence;
  #exchange: RecordExchange | undefined;
  #conversation: Conversation | undefined;
  #accepted = false;
  #peerAccepted = false;
  #retries = 0;
  #cancelSleep: (() => void) | undefined;
  #cancelRetry: (() => void) | undefined;

  constructor(
    seat: Seat,
    limits: RateLimits,
    presence: Presence,
    client: RelayClient,
    environment: Environment,
    host: PairedLinkHost,
  ) {
    this.#seat = { ...seat };
    this.#link = encodeBase64url(seat.linkId);
    this.#limits = limits;
    this.#presence = presence;
    this.#client = client;
    this.#environment = environment;
    this.#host = host;
  }

  get linkId(): Uint8Array {
    return this.#seat.linkId;
  }

  get presence(): Presence {
    return this.#presence;
  }

  /** The seat is taken, on the pipe in use. */
  get attached(): boolean {
    return this.#attached;
  }

  get online(): boolean {
    return this.#attached || this.#moving;
  }

  get connected(): boolean {
    return this.#accepted && this.#peerAccepted;
  }

  get conversation(): Conversation | undefined {
    return this.#conversation;
  }

  isNamed(link: string | undefined): boolean {
    return link === this.#link;
  }

  /** Both sides have their keys: records may flow, text not yet. */
  begin(
    { sender, recipient }: Handshake<unknown>,
    events: TextEvents,
    options: ConversationOptions,
  ): void {
    const out = this.#seat.side === 'page' ? Direction.toPhone : Direction.toPage;
    const back = this.#seat.side === 'page' ? Direction.toPage : Direction.toPhone;
    const broken = (): void => this.#breakOff();
    const exchange = new RecordExchange(
      new RecordSealer(sender, out, this.#seat.linkId),
      new RecordOpener(recipient, back, this.#seat.linkId),
      this.#environment,
      {
        transmit: (kind, body) => this.transmit(kind, body),
        received: (body) => this.#conversation?.received(body),
        acknowledged: (next) => this.#conversation?.acknowledged(next),
        broken,
        silent: () => {
          this.lost();
          this.#client.restart(0);
        },
      },
    );
    this.#exchange = exchange;
    this.#conversation = new Conversation(
      exchange,
      this.#environment,
      events,
      {
        peerAccepted: () => {
          this.#peerAccepted = true;
          this.#openIfAccepted();
        },
        broken,
      },
      options,
    );
    if (this.#attached) exchange.attach(this.#limits, this.#presence === 'here');
  }

  /** This side's person has accepted the other side. */
  accept(): void {
    if (this.#accepted) return;
    this.#accepted = true;
    this.#client.send({ type: 'accept', link: this.#link });
    this.#conversation?.accept();
    this.#openIfAccepted();
  }

  #openIfAccepted(): void {
    if (!this.connected) return;
    this.#conversation?.open();
    this.#host.connected();
  }

  /** Ends the link for both sides. */
  end(reason: EndReason): void {
    this.#client.send({ type: 'end', link: this.#link, reason });
    this.#host.ended(reason);
  }

  #breakOff(): void {
    this.end('errory');
  }

  stop(): void {
    this.#cancelSleep?.();
    this.#cancelRetry?.();
    this.#exchange?.stop();
    this.#conversation?.stop();
  }

  /** @returns false: taken, but wait. */
  transmit(kind: EnvelopeKind, body: Uint8Array): boolean {
    if (!this.#attached) return true;
    return this.#client.sendEnvelope({ kind, link: this.#seat.linkId, body });
  }

  /** Sends what may go now, and acknowledges what came. */
  async flush(): Promise<void> {
    if (!this.#attached) return;
    await this.#conversation?.flush();
    await this.#exchange?.acknowledgeIfDue();
  }

  drained(): void {
    this.#exchange?.drained();
  }

  /** The pipe is gone. */
  lost(): void {
    this.#moving = false;
    this.#detach();
    this.#cancelSleep ??= this.#environment.setTimer(SLEEP_LIMIT_MS, () =>
      this.#host.ended('offline'),
    );
  }

  #detach(): void {
    this.#attached = false;
    this.#cancelRetry?.();
    this.#exchange?.detach();
  }

  /** There is a new pipe: takes the seat back, or along. */
  welcome(limits: RateLimits): void {
    if (this.#attached) {
      this.#moving = true;
      this.#detach();
    }
    this.#limits = limits;
    this.#retries = 0;
    this.#again();
  }

  #again(): void {
    const { side, token, epoch } = this.#seat;
    this.#client.send({ type: 'again', v: 1, link: this.#link, side, token, epoch });
    this.#againLater(ANSWER_TIMEOUT_MS);
  }

  #againLater(delayMs: number): void {
    this.#cancelRetry?.();
    this.#cancelRetry = this.#environment.setTimer(delayMs, () => {
      this.#moving = false;
      this.#again();
    });
  }

  reply(reply: Reply): void {
    switch (reply.type) {
      case 'attached':
        this.#seat.token = reply.token;
        this.#seat.epoch = reply.epoch;
        return this.#attach(reply.peer);
      case 'peer':
        return this.#peerMoved(reply.presence);
      case 'ended':
        return this.#host.ended(reply.reason);
      case 'refused':
        return this.#refused(reply.reason, reply.retryAfterMs);
      default:
        return;
    }
  }

  #attach(peer: Presence): void {
    if (this.#attached) return;
    this.#attached = true;
    this.#moving = false;
    this.#presence = peer;
    this.#cancelRetry?.();
    this.#cancelSleep?.();
    this.#cancelSleep = undefined;
    // The relay may not have heard it, or may have forgotten it; saying it twice changes nothing.
    if (this.#accepted) this.#client.send({ type: 'accept', link: this.#link });
    this.#exchange?.attach(this.#limits, peer === 'here');
    if (peer === 'here') this.#host.introduce();
  }

  #peerMoved(presence: Presence): void {
    this.#presence = presence;
    if (presence !== 'here') {
      this.#exchange?.peerLeft();
    } else if (this.#attached) {
      this.#exchange?.peerCame();
      this.#host.introduce();
    }
  }

  #refused(reason: Refusal, retryAfterMs = RETRY_FIRST_MS): void {
    if (reason !== 'too-many') return this.#host.ended(reason);
    if (this.#attached) {
      this.#exchange?.pause(retryAfterMs);
      return;
    }
    const waitMs = Math.max(RETRY_FIRST_MS * 2 ** this.#retries, retryAfterMs);
    this.#retries += 1;
    this.#againLater(Math.min(waitMs, RETRY_LONGEST_MS));
  }

  /** Anything that came in an envelope of this link. */
  envelope(envelope: Envelope): void | Promise<void> {
    switch (envelope.kind) {
      case EnvelopeKind.record:
        return this.#exchange?.receiveRecord(envelope.body);
      case EnvelopeKind.position:
        return this.#exchange?.receivePosition(envelope.body);
      case EnvelopeKind.hello:
      case EnvelopeKind.answer:
        return this.#host.introduced(envelope);
    }
  }
}
