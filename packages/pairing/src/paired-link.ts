/**
 * One side's end of a link that both sides have claimed: takes its seat again on every new pipe,
 * holds the records and the conversation, and comes to new keys when they were lost.
 * docs/protocol/pairing.md §4.3, §6, §10.
 */
import type { CipherSuite } from 'hpke';
import { encodeBase64url } from './base64url.ts';
import { concatBytes, equalBytes } from './bytes.ts';
import { Conversation, type ConversationOptions, type KeptConversation } from './conversation.ts';
import type { Ending, TextEvents } from './endpoint.ts';
import type { Environment } from './environment.ts';
import type { Answer, FinalsPosition, Hello } from './introduction.ts';
import type { KeyRenewal, KeyRenewalParts } from './key-renewal.ts';
import type { Handshake } from './key-schedule.ts';
import type { RateLimits } from './pacer.ts';
import { Direction, RecordOpener, RecordSealer } from './record.ts';
import { RecordExchange } from './record-exchange.ts';
import type { RelayClient } from './relay-client.ts';
import { decodeRenewal, encodeRenewal } from './renewal-message.ts';
import { createResumeSecret, type ResumeSecret } from './resume-secret.ts';
import {
  EnvelopeKind,
  GENERATION_BYTES,
  type EndReason,
  type Envelope,
  type Presence,
  type Refusal,
  type Reply,
} from './rendezvous.ts';
import { SeatReturn, type Seat } from './seat.ts';

/** Longer without a relay, and the other side has been told that this one is gone. */
const SLEEP_LIMIT_MS = 660_000;
/** For a relay that wants a pause and does not say how long. */
const PAUSE_MS = 1000;

export interface PairedLinkHost {
  /** An introduction came: msg1 at the page, msg2 at the phone. */
  introduced(envelope: Envelope): void | Promise<void>;
  /** The other side can be reached: what it needs of the introduction should be repeated. */
  introduce(): void;
  /** Both sides have accepted each other. */
  connected(): void;
  /** This end's part in renewals of keys. @param finals - to be told in its introduction */
  createRenewal(finals: () => FinalsPosition | undefined, parts: KeyRenewalParts): KeyRenewal;
  /** There are new keys, and the other side has introduced itself again. Keeps what has to be kept. */
  renewed(peer: Hello | Answer): void;
  /** The other side uses the newest keys. */
  confirmed(): void;
  /** The other side wants the two to remember each other, or no longer does. */
  peerRemembers(wanted: boolean): void;
  ended(reason: Ending): void;
}

/** Whether this end's person can see it. */
export type OwnPresence = Exclude<Presence, 'gone'>;

/** What a link needs besides its seat. */
export interface PairedLinkParts {
  client: RelayClient;
  environment: Environment;
  suite: CipherSuite;
  host: PairedLinkHost;
}

export class PairedLink {
  readonly #client: RelayClient;
  readonly #suite: CipherSuite;
  readonly #environment: Environment;
  readonly #host: PairedLinkHost;
  readonly #return: SeatReturn;
  readonly #link: string;
  #limits: RateLimits | undefined;
  #attached = false;
  /** Between two pipes, both open: the seat is on its way from one to the other. */
  #moving = false;
  #presence: Presence = 'asleep';
  #ownPresence: OwnPresence = 'here';
  #exchange: RecordExchange | undefined;
  #conversation: Conversation | undefined;
  #renewal: KeyRenewal | undefined;
  /** Names the keys in use; empty for those of the first introduction. */
  #generation = new Uint8Array();
  #changed = false;
  #accepted = false;
  #peerAccepted = false;
  #cancelSleep: (() => void) | undefined;

  constructor(seat: Seat, { client, environment, suite, host }: PairedLinkParts) {
    this.#return = new SeatReturn(seat, client, environment, () => {
      this.#moving = false;
    });
    this.#link = encodeBase64url(seat.linkId);
    this.#client = client;
    this.#environment = environment;
    this.#suite = suite;
    this.#host = host;
  }

  get linkId(): Uint8Array {
    return this.seat.linkId;
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

  get seat(): Readonly<Seat> {
    return this.#return.seat;
  }

  /** What has to be kept to come to new keys; empty before there are any. */
  get secrets(): readonly ResumeSecret[] {
    return this.#renewal?.secrets ?? [];
  }

  /** @returns whether there is something new to keep since the last call */
  takeChanged(): boolean {
    const changed = this.#changed;
    this.#changed = false;
    return (this.#conversation?.takeChanged() ?? false) || changed;
  }

  /** Tells the other side whether somebody looks. Whoever comes back with a pipe is here, so only the rest is repeated. */
  setOwnPresence(presence: OwnPresence): void {
    if (presence === this.#ownPresence) return;
    this.#ownPresence = presence;
    this.#sayPresence();
  }

  /** Says something that the relay answers. */
  probe(): void {
    if (this.#attached) this.#sayPresence();
    else this.#return.ask();
  }

  #sayPresence(): void {
    if (!this.#attached) return;
    this.#client.send({ type: 'presence', link: this.#link, presence: this.#ownPresence });
  }

  isNamed(link: string | undefined): boolean {
    return link === this.#link;
  }

  /** The seat was given on this very pipe. */
  seated(limits: RateLimits, presence: Presence): void {
    this.#limits = limits;
    this.#attached = true;
    this.#presence = presence;
  }

  /** The seat was given on this very pipe, at a link where two meet that remember each other. */
  met(limits: RateLimits, presence: Presence): void {
    this.#limits = limits;
    this.#attach(presence);
  }

  /** Both sides have their keys: records may flow, text not yet. */
  begin(handshake: Handshake<unknown>, events: TextEvents, options: ConversationOptions): void {
    this.#conversation = this.#createConversation(events, options);
    this.#conversation.begin(this.#useKeys(handshake));
    this.#renewal = this.#createRenewal([createResumeSecret(handshake.resumeSecret)]);
    this.#attachExchange();
  }

  /**
   * Takes up a link of a life before: both sides had accepted each other, and this one has lost its
   * keys. Text may be written at once and leaves when there are new ones.
   */
  async restore(
    secrets: readonly Uint8Array[],
    kept: KeptConversation,
    events: TextEvents,
    options: ConversationOptions,
  ): Promise<void> {
    this.#accepted = true;
    this.#peerAccepted = true;
    this.#conversation = this.#createConversation(events, options, kept);
    this.#conversation.open();
    this.#renewal = this.#createRenewal(secrets.map((secret) => createResumeSecret(secret)));
    await this.#renewal.seek();
    this.lost();
  }

  #createConversation(
    events: TextEvents,
    options: ConversationOptions,
    kept?: KeptConversation,
  ): Conversation {
    const host = {
      peerAccepted: () => {
        this.#peerAccepted = true;
        this.#openIfAccepted();
      },
      peerRemembers: (wanted: boolean) => {
        this.#changed = true;
        this.#host.peerRemembers(wanted);
      },
      broken: () => this.#breakOff(),
    };
    return new Conversation(this.#environment, events, host, options, kept);
  }

  #createRenewal(secrets: readonly ResumeSecret[]): KeyRenewal {
    return this.#host.createRenewal(() => this.#conversation?.position, {
      linkId: this.linkId,
      secrets,
      suite: this.#suite,
      environment: this.#environment,
      host: {
        send: (message) => this.transmit(EnvelopeKind.renewal, encodeRenewal(message)),
        renewed: (handshake) => this.#renewed(handshake),
        hopeless: () => this.#giveUp(),
        broken: () => this.#breakOff(),
      },
    });
  }

  #renewed(handshake: Handshake<Hello> | Handshake<Answer>): void {
    const { peer } = handshake;
    if (peer.finals === undefined) return this.#breakOff();
    this.#generation = handshake.generation.slice();
    this.#conversation?.restart(this.#useKeys(handshake), peer.finals);
    this.#host.renewed(peer);
  }

  /** Records under these keys from now on; those under the ones before are over. */
  #useKeys({ sender, recipient }: Handshake<unknown>): RecordExchange {
    const { side, linkId } = this.seat;
    const [out, back] =
      side === 'page'
        ? [Direction.toPhone, Direction.toPage]
        : [Direction.toPage, Direction.toPhone];
    this.#exchange?.stop();
    this.#exchange = new RecordExchange(
      new RecordSealer(sender, out, linkId),
      new RecordOpener(recipient, back, linkId),
      this.#environment,
      {
        transmit: (kind, body) => this.#transmitKeyed(kind, body),
        received: (body) => {
          if (this.#renewal?.confirmed() === true) {
            this.#changed = true;
            this.#host.confirmed();
          }
          this.#conversation?.received(body);
        },
        acknowledged: (next) => this.#conversation?.acknowledged(next),
        broken: () => this.#breakOff(),
        silent: () => {
          this.lost();
          this.#client.restart(0);
        },
      },
    );
    return this.#exchange;
  }

  #transmitKeyed(kind: EnvelopeKind, body: Uint8Array): boolean {
    if (this.#generation.length === 0) return this.transmit(kind, body);
    const renewed = kind === EnvelopeKind.record ? EnvelopeKind.renewedRecord : kind;
    return this.transmit(renewed, concatBytes(this.#generation, body));
  }

  #attachExchange(): void {
    if (!this.#attached || this.#limits === undefined) return;
    this.#exchange?.attach(this.#limits, this.#presence === 'here');
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

  /** What was kept no longer fits the link, so nobody could ever use it again. */
  #giveUp(): void {
    this.#client.send({ type: 'end', link: this.#link, reason: 'errory' });
    this.#host.ended('lost');
  }

  #breakOff(): void {
    this.end('errory');
  }

  stop(): void {
    this.#cancelSleep?.();
    this.#return.stop();
    this.#exchange?.stop();
    this.#renewal?.detach();
    this.#conversation?.stop();
  }

  /** @returns false: taken, but wait. */
  transmit(kind: EnvelopeKind, body: Uint8Array): boolean {
    if (!this.#attached) return true;
    return this.#client.sendEnvelope({ kind, link: this.linkId, body });
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
    this.#return.stop();
    this.#exchange?.detach();
    this.#renewal?.detach();
  }

  /** There is a new pipe: takes the seat back, or along. */
  welcome(limits: RateLimits): void {
    if (this.#attached) {
      this.#moving = true;
      this.#detach();
    }
    this.#limits = limits;
    this.#return.begin();
  }

  reply(reply: Reply): void {
    switch (reply.type) {
      case 'attached':
        this.#return.renew(reply.token, reply.epoch);
        this.#changed = true;
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
    this.#return.stop();
    this.#cancelSleep?.();
    this.#cancelSleep = undefined;
    // The relay may not have heard it, or may have forgotten it; saying it twice changes nothing.
    if (this.#accepted) this.#client.send({ type: 'accept', link: this.#link });
    if (this.#ownPresence !== 'here') this.#sayPresence();
    this.#attachExchange();
    this.#renewal?.attach(peer === 'here');
    if (peer === 'here') this.#host.introduce();
  }

  #peerMoved(presence: Presence): void {
    this.#presence = presence;
    if (presence !== 'here') {
      this.#exchange?.peerLeft();
      this.#renewal?.detach();
    } else if (this.#attached) {
      this.#exchange?.peerCame();
      this.#renewal?.attach(true);
      this.#host.introduce();
    }
  }

  #refused(reason: Refusal, retryAfterMs: number | undefined): void {
    if (reason !== 'too-many') this.#host.ended(reason);
    else if (this.#attached) this.#exchange?.pause(retryAfterMs ?? PAUSE_MS);
    else this.#return.refused(retryAfterMs);
  }

  /** Anything that came in an envelope of this link. */
  envelope(envelope: Envelope): void | Promise<void> {
    const { kind, body } = envelope;
    switch (kind) {
      case EnvelopeKind.record:
        return this.#generation.length === 0 ? this.#exchange?.receiveRecord(body) : undefined;
      case EnvelopeKind.renewedRecord:
        return this.#isCurrent(body)
          ? this.#exchange?.receiveRecord(body.subarray(GENERATION_BYTES))
          : undefined;
      case EnvelopeKind.position:
        return this.#receivePosition(body);
      case EnvelopeKind.renewal:
        return this.#receiveRenewal(body);
      case EnvelopeKind.hello:
      case EnvelopeKind.answer:
        return this.#host.introduced(envelope);
    }
  }

  /** Whether it belongs to the keys in use; others may still be on their way. */
  #isCurrent(body: Uint8Array): boolean {
    const generation = body.subarray(0, GENERATION_BYTES);
    return this.#generation.length > 0 && equalBytes(generation, this.#generation);
  }

  #receivePosition(body: Uint8Array): void {
    if (this.#generation.length === 0) this.#exchange?.receivePosition(body);
    else if (this.#isCurrent(body)) {
      this.#exchange?.receivePosition(body.subarray(GENERATION_BYTES));
    }
  }

  /** Only between ends whose people have accepted each other; this one says so of its own. */
  async #receiveRenewal(body: Uint8Array): Promise<void> {
    const message = this.#accepted ? decodeRenewal(body) : undefined;
    if (message === undefined || this.#renewal === undefined) return;
    const before = this.#exchange;
    await this.#renewal.receive(message);
    if (this.#exchange !== before) this.#attachExchange();
  }
}
