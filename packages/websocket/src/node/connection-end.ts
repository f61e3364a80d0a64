import { ConnectionError, ProtocolError, type Connection } from '../protocol/index.ts';
import type { ConnectionGroup } from './connection-group.ts';
import type { SocketPump } from './socket-pump.ts';
import type { ConnectionClose } from './websocket-connection.ts';

/** How long TCP may stay half-open after we failed a connection. */
const FAILED_LINGER_MS = 1_000;

const ABNORMAL = { code: 1006, reason: '' } as const;

/** From the first Close frame to the end of TCP, and what `close` is told about it. */
export class ConnectionEnd {
  readonly #group: Pick<ConnectionGroup<never>, 'core' | 'limits'>;
  readonly #core: Connection;
  readonly #pump: SocketPump;
  #peerClose: { readonly code: number; readonly reason: string } | undefined;
  #error: ProtocolError | ConnectionError | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Close waits for what was sent before. */
  #giveUpWaiting: (() => void) | undefined;
  #peerEnded = false;
  #terminated = false;
  #socketClosed = false;

  constructor(
    group: Pick<ConnectionGroup<never>, 'core' | 'limits'>,
    core: Connection,
    pump: SocketPump,
  ) {
    this.#group = group;
    this.#core = core;
    this.#pump = pump;
  }

  /** The application has given the connection up. */
  get terminated(): boolean {
    return this.#terminated;
  }

  get socketClosed(): boolean {
    return this.#socketClosed;
  }

  get handshakeComplete(): boolean {
    return this.#core.closeSent && this.#core.closeReceived;
  }

  /** Why it is no clean end; what came first counts. */
  because(error: ProtocolError | ConnectionError): void {
    this.#error ??= error;
  }

  /** The peer's Close frame. */
  peerCloses(close: { readonly code: number; readonly reason: string }): void {
    this.#peerClose = close;
  }

  /** The peer has ended its half of TCP. */
  peerEnded(): void {
    this.#peerEnded = true;
  }

  terminate(): void {
    this.#terminated = true;
    this.because(new ConnectionError('PW_WS_TERMINATED'));
    this.#pump.destroy();
  }

  /** A Close frame is to follow what was sent before. */
  get wanted(): boolean {
    return this.#giveUpWaiting !== undefined;
  }

  /** @param sendClose - called when what was sent before takes longer than a closing handshake may */
  want(sendClose: () => void): void {
    this.#giveUpWaiting = sendClose;
    this.#timer = setTimeout(timeOut, this.#group.limits.closeTimeoutMs, this);
  }

  /** From the first Close frame on, a timer bounds what the peer may take. */
  begin(): void {
    if (this.#socketClosed) return;
    if (this.#giveUpWaiting !== undefined) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#giveUpWaiting = undefined;
    }
    const { closeTimeoutMs } = this.#group.limits;
    // A peer that we failed has nothing to answer; it gets a moment to read why.
    const failed = this.#core.state === 'closed' && !this.#core.closeReceived;
    const limitMs = failed ? Math.min(closeTimeoutMs, FAILED_LINGER_MS) : closeTimeoutMs;
    this.#timer ??= setTimeout(timeOut, limitMs, this);
  }

  /**
   * §7.1.1: the server ends TCP first, a client waits for it. Whoever failed the connection ends
   * TCP at once (§7.1.7). Input is still read, and dropped, until the peer ends its half: closing
   * with unread input would reset TCP and could destroy our Close frame on its way.
   */
  endTcp(): void {
    if (this.#group.core.role === 'client' && this.handshakeComplete && !this.#peerEnded) return;
    this.#pump.end();
  }

  tcpEnded(error: Error | undefined): void {
    clearTimeout(this.#timer);
    this.#socketClosed = true;
    if (error !== undefined && !this.handshakeComplete) {
      this.because(new ConnectionError('PW_WS_SOCKET', { cause: error }));
    }
  }

  timeOut(): void {
    if (this.#giveUpWaiting !== undefined) {
      this.#giveUpWaiting();
      return;
    }
    if (!this.handshakeComplete) this.because(new ConnectionError('PW_WS_CLOSE_TIMEOUT'));
    this.#pump.destroy();
  }

  get result(): ConnectionClose {
    const error = this.#error;
    if (this.handshakeComplete && !(error instanceof ProtocolError)) {
      return { ...codeAndReason(this.#peerClose), wasClean: true };
    }
    if (error instanceof ProtocolError) {
      return { code: error.closeCode, reason: '', wasClean: false, error };
    }
    return {
      ...(this.#peerClose === undefined ? ABNORMAL : codeAndReason(this.#peerClose)),
      wasClean: false,
      error: error ?? new ConnectionError('PW_WS_ABNORMAL_CLOSURE'),
    };
  }

  /** For those who wanted something of a connection that is over. */
  closedError(): ConnectionError {
    const cause = this.#socketClosed ? this.result.error : this.#error;
    return new ConnectionError('PW_WS_CLOSED', { cause });
  }
}

function timeOut(end: ConnectionEnd): void {
  end.timeOut();
}

function codeAndReason(close: { code: number; reason: string } | undefined): {
  code: number;
  reason: string;
} {
  return { code: close?.code ?? 1005, reason: close?.reason ?? '' };
}
