/**
 * The message layer (RFC 7252 §4): reliability, duplicate detection, one thing at a time per peer.
 *
 * Sans-I/O: decoded messages come in through `receive`, datagrams leave through `transmit`, time
 * and chance are the environment's. What is remembered per peer and in all is bounded; beyond the
 * bounds the oldest is forgotten, so a late duplicate may get through: layers above number what
 * must not happen twice.
 */
import { Code } from './code.ts';
import { peerKey, randomFraction, randomUint16 } from './environment.ts';
import type { Environment, Peer, Transmit } from './environment.ts';
import {
  createEmptyMessage,
  encodeMessage,
  MessageType,
  type Message,
  type MessageContent,
} from './message.ts';
import { retransmissionTimeoutMs, type TransmissionParameters } from './transmission.ts';

export interface ExchangeLimits {
  /** Peers remembered at once. Default 4096, about 1 kB each. */
  maxPeers: number;
  /** Message ids remembered per peer, with our reply to each. Default 32. */
  maxRememberedIds: number;
  /** Confirmable messages of ours waiting per peer behind the one outstanding (NSTART). Default 16. */
  maxQueued: number;
}

const DEFAULT_EXCHANGE_LIMITS: Readonly<ExchangeLimits> = Object.freeze({
  maxPeers: 4096,
  maxRememberedIds: 32,
  maxQueued: 16,
});

/** How a confirmable message of ours ended. A response in the acknowledgement is piggybacked (§5.2.1). */
export type Outcome =
  { type: 'acknowledged'; response?: Message } | { type: 'reset' } | { type: 'timeout' };

export interface ExchangeOptions {
  environment: Environment;
  parameters: TransmissionParameters;
  limits?: Partial<ExchangeLimits>;
  transmit: Transmit;
  /** A confirmable or non-confirmable message, for the first time. Confirmable ones want a reply. */
  message(message: Message, peer: Peer): void;
}

/** A confirmable message of ours on its way. */
export interface Transmission {
  /** Stops retransmitting; the outcome is not told any more. */
  cancel(): void;
}

interface Outgoing {
  content: MessageContent;
  settled: boolean;
  settle(outcome: Outcome): void;
}

interface Outstanding extends Outgoing {
  messageId: number;
  datagram: Uint8Array;
  transmissions: number;
  cancelTimer(): void;
}

interface Remembered {
  expiresAtMs: number;
  /** The datagram that answered the message, repeated for every duplicate (§4.2). */
  reply?: Uint8Array;
}

interface PeerState {
  peer: Peer;
  lastUsedMs: number;
  nextMessageId: number;
  outstanding?: Outstanding;
  queue: Outgoing[];
  remembered: Map<number, Remembered>;
}

export class ExchangeLayer {
  readonly #options: ExchangeOptions;
  readonly #limits: ExchangeLimits;
  /** Least recently heard of first. */
  readonly #peers = new Map<string, PeerState>();
  #cancelSweep: (() => void) | undefined;
  #closed = false;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_EXCHANGE_LIMITS, ...options.limits };
  }

  /** How many peers are remembered. */
  get size(): number {
    return this.#peers.size;
  }

  /** Takes one decoded message. Never throws. */
  receive(message: Message, peer: Peer): void {
    if (this.#closed) return;
    switch (message.type) {
      case MessageType.acknowledgement:
      case MessageType.reset:
        this.#receiveReply(message, peer);
        return;
      case MessageType.confirmable:
      case MessageType.nonConfirmable:
        // An Empty confirmable message is a ping: the Reset is its answer (§4.3).
        if (message.code === Code.empty) this.reset(message.messageId, peer);
        else this.#receiveMessage(message, peer);
    }
  }

  /**
   * Sends a confirmable message and repeats it until it is answered.
   *
   * @returns undefined, with nothing sent, when too many wait for this peer already.
   */
  send(
    content: MessageContent,
    peer: Peer,
    settle: (outcome: Outcome) => void,
  ): Transmission | undefined {
    if (this.#closed) return undefined;
    const state = this.#remember(peer);
    if (state.queue.length >= this.#limits.maxQueued) return undefined;
    const outgoing: Outgoing = { content, settled: false, settle };
    state.queue.push(outgoing);
    this.#startNext(state);
    return { cancel: () => this.#cancel(state, outgoing) };
  }

  /** Sends a message once, without asking for an acknowledgement (§4.3). */
  sendNonConfirmable(content: MessageContent, peer: Peer): void {
    const state = this.#remember(peer);
    this.#transmit(
      { ...content, type: MessageType.nonConfirmable, messageId: takeMessageId(state) },
      state.peer,
    );
  }

  /** Acknowledges a confirmable message, with a response piggybacked when there is one (§5.2.1). */
  acknowledge(messageId: number, peer: Peer, response?: MessageContent): void {
    const type = MessageType.acknowledgement;
    const message = response
      ? { ...response, type, messageId }
      : createEmptyMessage(type, messageId);
    this.#reply(message, peer);
  }

  /** Rejects a message (§4.2, §4.3). */
  reset(messageId: number, peer: Peer): void {
    this.#reply(createEmptyMessage(MessageType.reset, messageId), peer);
  }

  /** Lets go of everything at once and tells nobody. */
  close(): void {
    this.#closed = true;
    this.#cancelSweep?.();
    for (const { outstanding } of this.#peers.values()) outstanding?.cancelTimer();
    this.#peers.clear();
  }

  #receiveReply(message: Message, peer: Peer): void {
    const state = this.#peers.get(peerKey(peer));
    const outstanding = state?.outstanding;
    // Not ours, or answered before: ignored (§4.2).
    if (!state || outstanding?.messageId !== message.messageId) return;
    if (message.type === MessageType.reset) {
      this.#finish(state, outstanding, { type: 'reset' });
    } else {
      const piggybacked = message.code === Code.empty ? {} : { response: message };
      this.#finish(state, outstanding, { type: 'acknowledged', ...piggybacked });
    }
  }

  #receiveMessage(message: Message, peer: Peer): void {
    const state = this.#remember(peer);
    const nowMs = this.#options.environment.nowMs();
    const known = state.remembered.get(message.messageId);
    if (known && known.expiresAtMs > nowMs) {
      if (known.reply && message.type === MessageType.confirmable) {
        this.#options.transmit(known.reply, state.peer);
      }
      return;
    }
    // Deleted first, so that the map stays in the order of arrival.
    state.remembered.delete(message.messageId);
    state.remembered.set(message.messageId, {
      expiresAtMs: nowMs + this.#options.parameters.exchangeLifetimeMs,
    });
    forgetOldest(state.remembered, this.#limits.maxRememberedIds);
    this.#options.message(message, state.peer);
  }

  #reply(message: Message, peer: Peer): void {
    const datagram = this.#transmit(message, peer);
    const known = this.#peers.get(peerKey(peer))?.remembered.get(message.messageId);
    if (known) known.reply = datagram;
  }

  #transmit(message: Message, peer: Peer): Uint8Array {
    const datagram = encodeMessage(message);
    this.#options.transmit(datagram, peer);
    return datagram;
  }

  /** NSTART = 1 (§4.7): the next message leaves when the one before it is settled. */
  #startNext(state: PeerState): void {
    if (state.outstanding) return;
    const next = state.queue.shift();
    if (!next) return;
    const messageId = takeMessageId(state);
    const outstanding: Outstanding = Object.assign(next, {
      messageId,
      datagram: encodeMessage({ ...next.content, type: MessageType.confirmable, messageId }),
      transmissions: 0,
      cancelTimer: () => {},
    });
    state.outstanding = outstanding;
    this.#transmitAgain(state, outstanding);
  }

  #transmitAgain(state: PeerState, outstanding: Outstanding): void {
    const { environment, parameters, transmit } = this.#options;
    outstanding.transmissions += 1;
    outstanding.cancelTimer = environment.setTimer(
      retransmissionTimeoutMs(parameters, outstanding.transmissions, randomFraction(environment)),
      () => {
        if (outstanding.transmissions < parameters.maxTransmissions) {
          this.#transmitAgain(state, outstanding);
        } else {
          this.#finish(state, outstanding, { type: 'timeout' });
        }
      },
    );
    transmit(outstanding.datagram, state.peer);
  }

  #finish(state: PeerState, outstanding: Outstanding, outcome: Outcome): void {
    this.#release(state, outstanding);
    outstanding.settle(outcome);
    if (!this.#closed) this.#startNext(state);
  }

  #cancel(state: PeerState, outgoing: Outgoing): void {
    if (outgoing.settled) return;
    if (state.outstanding === outgoing) {
      this.#release(state, state.outstanding);
      this.#startNext(state);
    } else {
      outgoing.settled = true;
      state.queue = state.queue.filter((waiting) => waiting !== outgoing);
    }
  }

  #release(state: PeerState, outstanding: Outstanding): void {
    outstanding.settled = true;
    outstanding.cancelTimer();
    delete state.outstanding;
  }

  #remember(peer: Peer): PeerState {
    const key = peerKey(peer);
    const nowMs = this.#options.environment.nowMs();
    const known = this.#peers.get(key);
    if (!known && this.#peers.size >= this.#limits.maxPeers) this.#forgetOnePeer();
    const state = known ?? {
      peer,
      lastUsedMs: nowMs,
      nextMessageId: randomUint16(this.#options.environment),
      queue: [],
      remembered: new Map<number, Remembered>(),
    };
    state.lastUsedMs = nowMs;
    this.#peers.delete(key);
    this.#peers.set(key, state);
    this.#scheduleSweep();
    return state;
  }

  /** The peer silent for longest that nothing of ours is on its way to; the oldest when all are busy. */
  #forgetOnePeer(): void {
    let victim: [string, PeerState] | undefined;
    for (const entry of this.#peers) {
      victim ??= entry;
      if (!isBusy(entry[1])) {
        victim = entry;
        break;
      }
    }
    if (!victim) return;
    const [key, { outstanding, queue }] = victim;
    this.#peers.delete(key);
    outstanding?.cancelTimer();
    for (const outgoing of outstanding ? [outstanding, ...queue] : queue) {
      outgoing.settled = true;
      outgoing.settle({ type: 'timeout' });
    }
  }

  #scheduleSweep(): void {
    if (this.#closed || this.#cancelSweep) return;
    const { environment, parameters } = this.#options;
    this.#cancelSweep = environment.setTimer(parameters.exchangeLifetimeMs, () => {
      this.#cancelSweep = undefined;
      this.#sweep(environment.nowMs());
      if (this.#peers.size > 0) this.#scheduleSweep();
    });
  }

  /** Ids in both directions count until the lifetime after the last use has passed. */
  #sweep(nowMs: number): void {
    const { exchangeLifetimeMs } = this.#options.parameters;
    for (const [key, state] of this.#peers) {
      if (nowMs - state.lastUsedMs >= exchangeLifetimeMs && !isBusy(state)) this.#peers.delete(key);
    }
  }
}

function isBusy(state: PeerState): boolean {
  return state.outstanding !== undefined || state.queue.length > 0;
}

/** Ids of one sender must not repeat within the exchange lifetime (§4.4): they count up. */
function takeMessageId(state: PeerState): number {
  const id = state.nextMessageId;
  state.nextMessageId = (id + 1) & 0xffff;
  return id;
}

function forgetOldest(map: Map<number, unknown>, limit: number): void {
  for (const key of map.keys()) {
    if (map.size <= limit) return;
    map.delete(key);
  }
}
