/** The server's opening handshakes (RFC 6455 §4.2): who is let in, and what the others are told. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

import {
  ConnectionError,
  formatExtensions,
  HandshakeError,
  type HandshakeOffer,
} from '../protocol/index.ts';
import { answerCompression } from './compression.ts';
import type { Agreement } from './connection-group.ts';
import type { ConnectionsPerAddress } from './connections-per-address.ts';
import type { Counters } from './counters.ts';
import { diagnostics } from './diagnostics.ts';
import { callSafely, isPromise } from './failures.ts';
import type { Opening } from './opening.ts';
import { isLoopback, OpeningRate } from './opening-rate.ts';
import type { ResolvedServerOptions } from './options.ts';
import { ignore } from './refusal.ts';
import { chooseProtocol, isOriginAllowed } from './upgrade-policy.ts';
import { pathOf } from './upgrade-router.ts';

/** The server whose handshakes these are. */
export interface HandshakeHost<C> {
  readonly connections: { readonly size: number };
  isClosing(): boolean;
  readonly counters: Counters;
  /** Whoever is given an opened handshake releases its address in the end. */
  readonly perAddress: ConnectionsPerAddress;
  /** The answer is written; what `socket` brings from here on are frames. */
  opened(opened: OpenedHandshake<C>): void;
  /** A function of the application threw. */
  failed(error: unknown): void;
}

/** An opening that has got past `maxOpeningsPerSecond`. */
interface Arrival {
  readonly opening: Opening;
  readonly address: string | undefined;
}

export interface OpenedHandshake<C> {
  readonly socket: Duplex;
  /** What came behind the request already. */
  readonly head: Buffer;
  /** What it counts for in `maxConnectionsPerAddress`. */
  readonly address: string | undefined;
  readonly agreement: Agreement;
  readonly context: C;
}

export class ServerHandshakes<C> {
  readonly #options: ResolvedServerOptions<C>;
  readonly #host: HandshakeHost<C>;
  readonly #rate: OpeningRate | undefined;
  /** Those that wait for `authorize`. */
  readonly #pending = new Set<Duplex>();

  constructor(options: ResolvedServerOptions<C>, host: HandshakeHost<C>) {
    this.#options = options;
    this.#host = host;
    const { maxOpeningsPerSecond } = options;
    if (maxOpeningsPerSecond > 0) {
      this.#rate = new OpeningRate(maxOpeningsPerSecond, () => performance.now());
    }
  }

  /** Never throws. */
  handle(opening: Opening): void {
    try {
      const address = this.#findAddress(opening.request);
      this.#throttle(address);
      const check = opening.check();
      if (check.ok) this.#admit(check.offer, { opening, address });
      else this.#refuse(opening, check.problems[0]);
    } catch (error) {
      this.#refuseFor(error, opening);
    }
  }

  /** Of whom openings and connections are counted; a program on this machine is not. */
  #findAddress(request: IncomingMessage): string | undefined {
    const { clientAddress } = this.#options;
    const address = clientAddress ? clientAddress(request) : request.socket.remoteAddress;
    return address === undefined || isLoopback(address) ? undefined : address;
  }

  #throttle(address: string | undefined): void {
    const retryAfterMs = address === undefined ? 0 : (this.#rate?.take(address) ?? 0);
    if (retryAfterMs === 0) return;
    this.#host.counters.openingsThrottled += 1;
    throw new HandshakeError('PW_WS_TOO_MANY', { retryAfterMs });
  }

  #admit(offer: HandshakeOffer, arrival: Arrival): void {
    const { request } = arrival.opening;
    const { maxConnections, origins, path } = this.#options;
    if (path !== undefined && path !== pathOf(request.url ?? '')) {
      throw new HandshakeError('PW_WS_PATH');
    }
    if (!isOriginAllowed(origins, offer.origin, offer.host, request)) {
      throw new HandshakeError('PW_WS_ORIGIN');
    }
    const count = this.#host.connections.size + this.#pending.size;
    if (this.#host.isClosing() || (maxConnections > 0 && count >= maxConnections))
      throw unavailable();
    const { perAddress } = this.#host;
    if (!perAddress.take(arrival.address)) {
      throw new HandshakeError('PW_WS_TOO_MANY', { retryAfterMs: RETRY_AFTER_MS });
    }
    try {
      this.#authorize(offer, arrival);
    } catch (error) {
      perAddress.release(arrival.address);
      throw error;
    }
  }

  /** Throws, or answers the request some time. */
  #authorize(offer: HandshakeOffer, arrival: Arrival): void {
    const { address, opening } = arrival;
    const { request, socket } = opening;
    const { authorize, protocols } = this.#options;
    const protocol = chooseProtocol(protocols, offer.protocols, request);
    const context = authorize === undefined ? (undefined as C) : authorize(request);
    if (!isPromise(context)) {
      this.#accept(offer, protocol, arrival, context);
      return;
    }
    this.#withinTheLimit(context, socket).then(
      (authorized) => this.#accept(offer, protocol, arrival, authorized),
      (error: unknown) => {
        this.#host.perAddress.release(address);
        this.#refuseFor(error, opening);
      },
    );
  }

  /** The handshake's time limit holds for the application's part in it, too. */
  #withinTheLimit(context: PromiseLike<C>, socket: Duplex): Promise<C> {
    this.#pending.add(socket);
    // A reset must have a listener while `authorize` thinks; without that, the next owner is here in
    // the same tick.
    socket.on('error', ignore);
    const { handshakeTimeoutMs } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      if (handshakeTimeoutMs === 0) return;
      const cause = new ConnectionError('PW_WS_HANDSHAKE_TIMEOUT');
      timer = setTimeout(() => reject(unavailable(cause)), handshakeTimeoutMs);
    });
    return Promise.race([context, late]).finally(() => {
      clearTimeout(timer);
      this.#pending.delete(socket);
      if (this.#host.isClosing()) throw unavailable();
    });
  }

  #accept(
    offer: HandshakeOffer,
    protocol: string | undefined,
    { opening, address }: Arrival,
    context: C,
  ): void {
    const { socket, head } = opening;
    // The peer may have gone while `authorize` was thinking.
    if (socket.destroyed || !socket.writable) {
      socket.on('error', ignore);
      socket.destroy();
      this.#host.perAddress.release(address);
      return;
    }
    const answer = answerCompression(
      offer.extensions,
      this.#options.compression,
      this.#host.counters,
    );
    const extensions = answer === undefined ? [] : [answer.extension];
    opening.accept({ offer, extensions, ...(protocol !== undefined && { protocol }) });
    const agreement = {
      protocol: protocol ?? '',
      extensions: formatExtensions(extensions),
      codec: answer?.createCodec(),
    };
    this.#host.opened({ socket, head, address, agreement, context });
  }

  #refuseFor(error: unknown, opening: Opening): void {
    if (error instanceof HandshakeError) {
      this.#refuse(opening, error);
      return;
    }
    this.#host.failed(error);
    this.#refuse(opening, new HandshakeError('PW_WS_SERVER_ERROR', { cause: error }));
  }

  #refuse(opening: Opening, error: HandshakeError): void {
    const { request } = opening;
    opening.refuse(error);
    this.#host.counters.openingsRefused += 1;
    if (diagnostics.refused.hasSubscribers) {
      diagnostics.refused.publish({ error, remoteAddress: request.socket.remoteAddress });
    }
    callSafely(
      () => this.#options.refused?.(error, request),
      (thrown) => this.#host.failed(thrown),
    );
  }
}

/** When a refused client may come back: by then others have gone, or another server is there. */
const RETRY_AFTER_MS = 5_000;

function unavailable(cause?: unknown): HandshakeError {
  return new HandshakeError('PW_WS_UNAVAILABLE', { cause, retryAfterMs: RETRY_AFTER_MS });
}
