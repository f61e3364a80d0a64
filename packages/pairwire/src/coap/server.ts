/**
 * The server's half of requests and responses (RFC 7252 §5), sans-I/O.
 *
 * Nothing is remembered of a peer that has not shown that it receives at its address (RFC 9175
 * §2.4), and such a peer never gets more bytes than it sent: a reply that would be longer loses
 * its diagnostic. Only after that do requests reach the message layer and the resources.
 */
import { Code, isRequestCode, isResponseCode } from './code.ts';
import { EchoGuard } from './echo.ts';
import { randomUint16, type Environment, type Peer, type Transmit } from './environment.ts';
import { ExchangeLayer, type ExchangeLimits, type Outcome, type Transmission } from './exchange.ts';
import { decodeMessage, encodeMessage, MessageType, type Message } from './message.ts';
import { findOption, OptionNumber } from './option.ts';
import { createRefusal, readRequest, type CoapRequest, type CoapResponse } from './request.ts';
import { TokenBucket } from './token-bucket.ts';
import { DEFAULT_TRANSMISSION, type TransmissionParameters } from './transmission.ts';
import { ValidatedPeers, type ValidatedPeersOptions } from './validated-peers.ts';

export interface CoapServerLimits extends ExchangeLimits, ValidatedPeersOptions {
  /** Longer datagrams are refused with 4.13. Default 1200. */
  maxDatagramBytes: number;
  /** Replies per second, to all together, before their addresses are validated. Default 2000. */
  unvalidatedRepliesPerSecond: number;
  /** A response later than this comes separately, after an Empty acknowledgement (§5.2.2). Default 50 ms. */
  piggybackMs: number;
}

export const DEFAULT_SERVER_LIMITS: Readonly<CoapServerLimits> = Object.freeze({
  maxPeers: 4096,
  maxRememberedIds: 32,
  maxQueued: 16,
  lifetimeMs: 600_000,
  requestsPerSecond: 500,
  requestBurst: 1000,
  maxDatagramBytes: 1200,
  unvalidatedRepliesPerSecond: 2000,
  piggybackMs: 50,
});

/** Answers a request, now or later, once. Further calls do nothing. */
export type Respond = (response: CoapResponse) => void;

export interface CoapServerOptions {
  environment: Environment;
  transmit: Transmit;
  /** HMAC-SHA256 under a random key of this process; keys the address validation. */
  hmac(data: Uint8Array): Uint8Array;
  parameters?: Partial<TransmissionParameters>;
  limits?: Partial<CoapServerLimits>;
  /**
   * Refuses what needs no state to be refused: a wrong path, a wrong method. Must change nothing:
   * it is asked about peers with made-up addresses, and about every repetition.
   */
  screen(request: CoapRequest): CoapResponse | undefined;
  /** A request that passed `screen`, from a validated peer, once. */
  request(request: CoapRequest, respond: Respond): void;
}

/** Where notifications go: the peer and the token of its registration (RFC 7641 §4.1). */
export interface Observer {
  peer: Peer;
  token: Uint8Array;
}

/** What came in, for the operator. */
export interface CoapServerCounters {
  malformed: number;
  /** Dropped because their sender, or everybody together, sent too many. */
  dropped: number;
  challenged: number;
}

export class CoapServer {
  readonly counters: CoapServerCounters = { malformed: 0, dropped: 0, challenged: 0 };
  readonly #options: CoapServerOptions;
  readonly #limits: CoapServerLimits;
  readonly #exchange: ExchangeLayer;
  readonly #echo: EchoGuard;
  readonly #validated: ValidatedPeers;
  readonly #unvalidatedReplies: TokenBucket;
  /** Requests that are acknowledged with nothing unless their response comes soon. */
  readonly #awaited = new Set<() => void>();

  constructor(options: CoapServerOptions) {
    const { environment, transmit, hmac } = options;
    this.#options = options;
    this.#limits = { ...DEFAULT_SERVER_LIMITS, ...options.limits };
    this.#exchange = new ExchangeLayer({
      environment,
      transmit,
      parameters: { ...DEFAULT_TRANSMISSION, ...options.parameters },
      limits: this.#limits,
      message: (message, peer) => this.#handle(message, peer),
    });
    this.#echo = new EchoGuard({ hmac, nowMs: () => environment.nowMs() });
    this.#validated = new ValidatedPeers(this.#limits);
    this.#unvalidatedReplies = new TokenBucket({
      perSecond: this.#limits.unvalidatedRepliesPerSecond,
      burst: this.#limits.unvalidatedRepliesPerSecond,
      nowMs: environment.nowMs(),
    });
  }

  /** Peers about which anything is remembered. */
  get size(): number {
    return Math.max(this.#exchange.size, this.#validated.size);
  }

  /** Takes one datagram. Never throws, whatever is in it. */
  receive(datagram: Uint8Array, peer: Peer): void {
    const decoded = decodeMessage(datagram);
    if (!decoded.ok) {
      this.counters.malformed += 1;
      this.#resetStateless(decoded.error.resetMessageId, peer);
      return;
    }
    const { message } = decoded;
    if (isRequestCode(message.code)) {
      if (this.#admit(message, peer, datagram.length)) this.#exchange.receive(message, peer);
    } else if (isResponseCode(message.code) && message.type !== MessageType.acknowledgement) {
      // A response to nothing we asked (§5.3.2).
      this.#resetStateless(
        message.type === MessageType.confirmable ? message.messageId : undefined,
        peer,
      );
    } else if (message.code === Code.empty && message.type === MessageType.confirmable) {
      this.#resetStateless(message.messageId, peer);
    } else {
      this.#exchange.receive(message, peer);
    }
  }

  /**
   * Sends a confirmable notification (RFC 7641 §4.5).
   *
   * @returns undefined when too much is on its way to this peer already.
   */
  notify(
    { peer, token }: Observer,
    { code, options = [], payload = new Uint8Array(0) }: CoapResponse,
    settle: (outcome: Outcome) => void,
  ): Transmission | undefined {
    return this.#exchange.send({ code, token, options, payload }, peer, settle);
  }

  /** Lets go of all timers and tells nobody. */
  close(): void {
    this.#exchange.close();
    for (const cancel of this.#awaited) cancel();
    this.#awaited.clear();
  }

  /** @returns whether the message layer may see the request; if not, it has been answered or dropped. */
  #admit(message: Message, peer: Peer, datagramBytes: number): boolean {
    const nowMs = this.#options.environment.nowMs();
    const tooLarge = datagramBytes > this.#limits.maxDatagramBytes;
    if (!tooLarge && this.#isValidated(message, peer, nowMs)) {
      if (this.#validated.takeRequest(peer, nowMs)) return true;
      this.counters.dropped += 1;
      return false;
    }
    if (!this.#unvalidatedReplies.take(nowMs)) {
      this.counters.dropped += 1;
      return false;
    }
    const refusal = tooLarge
      ? createRefusal(
          Code.requestEntityTooLarge,
          `datagrams end at ${this.#limits.maxDatagramBytes} bytes`,
        )
      : (this.#check(message, peer) ?? this.#challenge(peer));
    this.#answerStateless(message, peer, refusal, datagramBytes);
    return false;
  }

  #isValidated(message: Message, peer: Peer, nowMs: number): boolean {
    if (this.#validated.has(peer, nowMs)) return true;
    const echo = findOption(message.options, OptionNumber.echo);
    if (!echo || !this.#echo.check(peer, echo)) return false;
    this.#validated.add(peer, nowMs);
    return true;
  }

  #check(message: Message, peer: Peer): CoapResponse | undefined {
    const read = readRequest(message, peer);
    return read.ok ? this.#options.screen(read.request) : read.refusal;
  }

  #challenge(peer: Peer): CoapResponse {
    this.counters.challenged += 1;
    return {
      code: Code.unauthorized,
      options: [{ number: OptionNumber.echo, value: this.#echo.create(peer) }],
    };
  }

  /** Never longer than what it answers: first the diagnostic goes, then the options. */
  #answerStateless(
    { type, messageId, token }: Message,
    peer: Peer,
    { code, options = [], payload = new Uint8Array(0) }: CoapResponse,
    maxBytes: number,
  ): void {
    const confirmable = type === MessageType.confirmable;
    const head = {
      type: confirmable ? MessageType.acknowledgement : MessageType.nonConfirmable,
      messageId: confirmable ? messageId : randomUint16(this.#options.environment),
      code,
      token,
    };
    const bare = new Uint8Array(0);
    const fitting = [
      { ...head, options, payload },
      { ...head, options, payload: bare },
      { ...head, options: [], payload: bare },
    ]
      .map(encodeMessage)
      .find((datagram) => datagram.length <= maxBytes);
    if (fitting) this.#options.transmit(fitting, peer);
  }

  #resetStateless(messageId: number | undefined, peer: Peer): void {
    if (messageId === undefined) return;
    if (this.#unvalidatedReplies.take(this.#options.environment.nowMs())) {
      this.#exchange.reset(messageId, peer);
    } else {
      this.counters.dropped += 1;
    }
  }

  #handle(message: Message, peer: Peer): void {
    const read = readRequest(message, peer);
    const refusal = read.ok ? this.#options.screen(read.request) : read.refusal;
    const { respond, settleLater } =
      message.type === MessageType.confirmable
        ? this.#answerConfirmable(message, peer)
        : this.#answerNonConfirmable(message, peer);
    if (refusal) respond(refusal);
    else if (read.ok) this.#options.request(read.request, respond);
    settleLater();
  }

  #answerConfirmable(
    { messageId, token }: Message,
    peer: Peer,
  ): { respond: Respond; settleLater(): void } {
    let state: 'open' | 'acknowledged' | 'answered' = 'open';
    let cancel = () => {};
    const respond: Respond = ({ code, options = [], payload = new Uint8Array(0) }) => {
      if (state === 'answered') return;
      const content = { code, token, options, payload };
      if (state === 'open') this.#exchange.acknowledge(messageId, peer, content);
      else this.#exchange.send(content, peer, () => {});
      state = 'answered';
      cancel();
      this.#awaited.delete(cancel);
    };
    const settleLater = () => {
      if (state !== 'open') return;
      cancel = this.#options.environment.setTimer(this.#limits.piggybackMs, () => {
        this.#awaited.delete(cancel);
        state = 'acknowledged';
        this.#exchange.acknowledge(messageId, peer);
      });
      this.#awaited.add(cancel);
    };
    return { respond, settleLater };
  }

  #answerNonConfirmable({ token }: Message, peer: Peer): { respond: Respond; settleLater(): void } {
    let answered = false;
    const respond: Respond = ({ code, options = [], payload = new Uint8Array(0) }) => {
      if (!answered) {
        this.#exchange.sendNonConfirmable({ code, token, options, payload }, peer);
      }
      answered = true;
    };
    return { respond, settleLater: () => {} };
  }
}
