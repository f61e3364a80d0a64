/**
 * The client's half of requests and responses (RFC 7252 §5) towards one server, sans-I/O.
 *
 * Every request is confirmable. A 4.01 with an Echo option is answered by repeating the request
 * with it (RFC 9175 §2.3); the caller sees only what came of the repetition.
 */
import { Code, isSuccessCode } from './code.ts';
import type { Environment, Peer } from './environment.ts';
import { ExchangeLayer, type Outcome, type Transmission } from './exchange.ts';
import { decodeMessage, MessageType, type Message } from './message.ts';
import { FreshnessCheck, Observe } from './observe.ts';
import { findOption, findUint, OptionNumber, uintOption, type Option } from './option.ts';
import { DEFAULT_TRANSMISSION, type TransmissionParameters } from './transmission.ts';

export interface CoapClientOptions {
  environment: Environment;
  transmit(datagram: Uint8Array): void;
  parameters?: Partial<TransmissionParameters>;
  /** How long to wait for a separate response after the acknowledgement. Default 30 000 ms. */
  responseTimeoutMs?: number;
  /** The server did not know this address, or not any more. The request is on its way again already. */
  challenged?(): void;
}

export interface ClientRequest {
  code: number;
  options: readonly Option[];
  payload?: Uint8Array;
}

/** Why there is no response: nobody acknowledged, the server answered with Reset, or it stayed silent after its acknowledgement. */
export type RequestFailure = 'timeout' | 'reset' | 'no-response';

export interface ResponseHandler {
  response(response: Message): void;
  failed(failure: RequestFailure): void;
}

export interface ObserveHandler {
  /** A newer state of the resource; the first one is the response to the registration. */
  notification(notification: Message): void;
  /** An error, or an answer without Observe: there will be no more (RFC 7641 §3.2). */
  ended(response: Message): void;
  /** No answer to a registration, the first one or a refresh. There will be no more. */
  failed(failure: RequestFailure): void;
}

export interface Observation {
  /** Registers again under the same token (RFC 7641 §3.3.1): shows the server that we are still here. */
  refresh(): void;
  /** Forgets the observation; the next notification is answered with Reset (§3.6). */
  cancel(): void;
}

/** Enough to find the server's own mistake; a second challenge in a row is passed on. */
const MAX_CHALLENGES = 2;
const TOKEN_BYTES = 8;
/** The layer below keys its memory by peer; a client has one. */
const SERVER: Peer = { address: '', port: 0 };

interface Pending {
  request: ClientRequest;
  token: Uint8Array;
  handler: ResponseHandler;
  /** Echo challenges answered so far. */
  challenges: number;
  transmission?: Transmission | undefined;
  cancelWait?: (() => void) | undefined;
}

interface Observing {
  handler: ObserveHandler;
  freshness: FreshnessCheck;
}

export class CoapClient {
  readonly #options: CoapClientOptions;
  readonly #exchange: ExchangeLayer;
  /** By token. A registration that awaits its response is in both maps. */
  readonly #pending = new Map<string, Pending>();
  readonly #observing = new Map<string, Observing>();

  constructor(options: CoapClientOptions) {
    this.#options = options;
    this.#exchange = new ExchangeLayer({
      environment: options.environment,
      parameters: { ...DEFAULT_TRANSMISSION, ...options.parameters },
      limits: { maxPeers: 1 },
      transmit: (datagram) => options.transmit(datagram),
      message: (message) => this.#receiveMessage(message),
    });
  }

  /** Takes one datagram from the server. Never throws, whatever is in it. */
  receive(datagram: Uint8Array): void {
    const decoded = decodeMessage(datagram);
    if (decoded.ok) this.#exchange.receive(decoded.message, SERVER);
    else if (decoded.error.resetMessageId !== undefined) {
      this.#exchange.reset(decoded.error.resetMessageId, SERVER);
    }
  }

  request(request: ClientRequest, handler: ResponseHandler): void {
    this.#start({ request, handler, token: this.#createToken(), challenges: 0 });
  }

  observe(request: ClientRequest, handler: ObserveHandler): Observation {
    const token = this.#createToken();
    const key = tokenKey(token);
    const register = {
      ...request,
      options: [...request.options, uintOption(OptionNumber.observe, Observe.register)],
    };
    const observing = { handler, freshness: new FreshnessCheck() };
    this.#observing.set(key, observing);
    const registered: ResponseHandler = {
      response: (response) => this.#notify(key, observing, response),
      failed: (failure) => {
        this.#observing.delete(key);
        handler.failed(failure);
      },
    };
    const refresh = () => {
      if (!this.#observing.has(key) || this.#pending.has(key)) return;
      this.#start({ request: register, handler: registered, token, challenges: 0 });
    };
    refresh();
    return {
      refresh,
      cancel: () => {
        this.#observing.delete(key);
        this.#forget(key);
      },
    };
  }

  /** Lets go of all timers and tells nobody. */
  close(): void {
    for (const key of this.#pending.keys()) this.#forget(key);
    this.#observing.clear();
    this.#exchange.close();
  }

  #start(pending: Pending): void {
    this.#pending.set(tokenKey(pending.token), pending);
    this.#transmit(pending, pending.request.options);
  }

  #transmit(pending: Pending, options: readonly Option[]): void {
    const { request, token } = pending;
    const content = {
      code: request.code,
      token,
      options,
      payload: request.payload ?? new Uint8Array(0),
    };
    pending.transmission = this.#exchange.send(content, SERVER, (outcome) =>
      this.#settle(pending, outcome),
    );
    if (!pending.transmission) this.#fail(pending, 'timeout');
  }

  #settle(pending: Pending, outcome: Outcome): void {
    switch (outcome.type) {
      case 'acknowledged':
        // A piggybacked response must carry the token, too (§5.3.2).
        if (outcome.response && tokenKey(outcome.response.token) === tokenKey(pending.token)) {
          this.#respond(pending, outcome.response);
        } else {
          this.#awaitResponse(pending);
        }
        return;
      case 'reset':
      case 'timeout':
        this.#fail(pending, outcome.type);
    }
  }

  #awaitResponse(pending: Pending): void {
    pending.cancelWait = this.#options.environment.setTimer(
      this.#options.responseTimeoutMs ?? 30_000,
      () => this.#fail(pending, 'no-response'),
    );
  }

  #receiveMessage(message: Message): void {
    const key = tokenKey(message.token);
    const pending = this.#pending.get(key);
    const observing = this.#observing.get(key);
    if (!pending && !observing) {
      if (message.type === MessageType.confirmable) {
        this.#exchange.reset(message.messageId, SERVER);
      }
      return;
    }
    if (message.type === MessageType.confirmable) {
      this.#exchange.acknowledge(message.messageId, SERVER);
    }
    if (pending) this.#respond(pending, message);
    else if (observing) this.#notify(key, observing, message);
  }

  #respond(pending: Pending, response: Message): void {
    const key = tokenKey(pending.token);
    // A response may overtake its acknowledgement; a notification answers a registration as well.
    pending.transmission?.cancel();
    pending.cancelWait?.();
    const echo = findOption(response.options, OptionNumber.echo);
    if (response.code === Code.unauthorized && echo && pending.challenges < MAX_CHALLENGES) {
      pending.challenges += 1;
      this.#transmit(pending, [
        ...pending.request.options,
        { number: OptionNumber.echo, value: echo },
      ]);
      this.#options.challenged?.();
      return;
    }
    this.#pending.delete(key);
    pending.handler.response(response);
  }

  #notify(key: string, { handler, freshness }: Observing, message: Message): void {
    const number = findUint(message.options, OptionNumber.observe);
    if (!isSuccessCode(message.code) || number === undefined) {
      this.#observing.delete(key);
      handler.ended(message);
    } else if (freshness.accept(number, this.#options.environment.nowMs())) {
      handler.notification(message);
    }
  }

  #fail(pending: Pending, failure: RequestFailure): void {
    const key = tokenKey(pending.token);
    if (this.#pending.get(key) !== pending) return;
    this.#forget(key);
    pending.handler.failed(failure);
  }

  #forget(key: string): void {
    const pending = this.#pending.get(key);
    pending?.transmission?.cancel();
    pending?.cancelWait?.();
    this.#pending.delete(key);
  }

  /** Random, for it is all that keeps an off-path sender from answering in the server's name (§5.3.1). */
  #createToken(): Uint8Array {
    return this.#options.environment.randomBytes(TOKEN_BYTES);
  }
}

function tokenKey(token: Uint8Array): string {
  return Array.from(token, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
