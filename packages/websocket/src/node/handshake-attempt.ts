/** What every opening handshake of a client has: a time limit, a signal, and one outcome. */
import type { Duplex } from 'node:stream';

import { ConnectionError, type HandshakeError } from '../protocol/index.ts';
import { onAbort } from './abort.ts';
import { isBlockedPort } from './blocked-ports.ts';
import type { Agreement } from './connection-group.ts';
import type { ResolvedClientOptions } from './options.ts';

export interface HandshakeTarget {
  readonly url: URL;
  readonly protocols: readonly string[];
  readonly options: ResolvedClientOptions;
  /** As browsers do; see blocked-ports.ts. */
  readonly refuseBlockedPorts?: boolean;
}

/** Exactly one of the two is called, once, and never from the constructor; after `abort`, none. */
export interface HandshakeOutcome {
  opened(socket: Duplex, head: Buffer, agreement: Agreement): void;
  /** What carried the handshake is closed, or about to be. */
  failed(error: HandshakeError | ConnectionError): void;
}

export abstract class HandshakeAttempt {
  readonly #outcome: HandshakeOutcome;
  #timer: NodeJS.Timeout | undefined;
  #ignoreSignal: () => void = () => {};
  #settled = false;

  constructor(outcome: HandshakeOutcome) {
    this.#outcome = outcome;
  }

  /** Asks; `begin` calls it unless that is clear to be in vain. */
  protected abstract start(): void;
  /** Ends what carries the handshake. */
  protected abstract destroy(): void;
  /** Why it took too long, as far as can be seen. */
  protected abstract timeoutError(): ConnectionError;

  /** For the end of the constructor. */
  protected begin({ url, options, refuseBlockedPorts }: HandshakeTarget): void {
    const { handshakeTimeoutMs, signal } = options;
    const aborted = (cause: unknown): void => {
      this.fail(new ConnectionError('PW_WS_ABORTED', { cause }));
    };
    this.#ignoreSignal = onAbort(signal, aborted);
    if (signal?.aborted === true) {
      setImmediate(aborted, signal.reason);
      return;
    }
    if (refuseBlockedPorts === true && isBlockedPort(url)) {
      setImmediate(() => this.fail(new ConnectionError('PW_WS_BLOCKED_PORT')));
      return;
    }
    if (handshakeTimeoutMs > 0) {
      this.#timer = setTimeout(() => this.fail(this.timeoutError()), handshakeTimeoutMs);
    }
    this.start();
  }

  /** Gives up without a word. */
  abort(): void {
    this.#settle();
    this.destroy();
  }

  protected get settled(): boolean {
    return this.#settled;
  }

  protected open(socket: Duplex, head: Buffer, agreement: Agreement): void {
    this.#settle();
    this.#outcome.opened(socket, head, agreement);
  }

  protected fail(error: HandshakeError | ConnectionError): void {
    if (this.#settled) return;
    this.#settle();
    this.destroy();
    this.#outcome.failed(error);
  }

  #settle(): void {
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#ignoreSignal();
  }
}
