/** Which way a client asks: by Upgrade over HTTP/1.1, or by Extended CONNECT over HTTP/2. */
import { ClientHandshake } from './client-handshake.ts';
import { ConnectHandshake } from './connect-handshake.ts';
import type { HandshakeOutcome, HandshakeTarget } from './handshake-attempt.ts';

export interface StartedHandshake {
  /** Gives up without a word. */
  abort(): void;
}

/** @throws {TypeError} when a header must not be sent */
export function startHandshake(
  target: HandshakeTarget,
  outcome: HandshakeOutcome,
): StartedHandshake {
  const { http2 } = target.options;
  if (http2 === undefined) return new ClientHandshake(target, outcome);
  if (http2 !== 'prefer') return new ConnectHandshake(target, outcome);
  return new EitherHandshake(target, outcome);
}

/** HTTP/2, and HTTP/1.1 when the server does not take WebSockets there; one time limit for both. */
class EitherHandshake implements StartedHandshake {
  #current: StartedHandshake;

  constructor(target: HandshakeTarget, outcome: HandshakeOutcome) {
    const startedMs = performance.now();
    this.#current = new ConnectHandshake(target, {
      opened: (...opened) => outcome.opened(...opened),
      failed: (error) => {
        if (error.code !== 'PW_WS_HTTP2') {
          outcome.failed(error);
          return;
        }
        const { handshakeTimeoutMs: limitMs } = target.options;
        const leftMs = Math.ceil(limitMs - (performance.now() - startedMs));
        const handshakeTimeoutMs = limitMs === 0 ? 0 : Math.max(1, leftMs);
        const options = { ...target.options, handshakeTimeoutMs };
        this.#current = new ClientHandshake({ ...target, options }, outcome);
      },
    });
  }

  abort(): void {
    this.#current.abort();
  }
}
