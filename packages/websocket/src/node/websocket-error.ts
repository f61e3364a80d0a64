import { checkCloseArguments } from './client-address.ts';
import { enforceUnsignedShort, exposeInterface, toDictionary, toUSVString } from './webidl.ts';

/** What a closing handshake carries. */
export interface WebSocketCloseInfo {
  /** 1000 or 3000–4999. */
  closeCode?: number | undefined;
  /** At most 123 bytes of UTF-8; without a code it goes with 1000. */
  reason?: string | undefined;
}

/** How a connection ended, as seen; such codes cannot be asked for. */
let assign: (error: WebSocketError, closeCode: number, reason: string) => void;

/**
 * How a `WebSocketStream` ends when it does not end cleanly; `cause` says why. Given to `abort()` or
 * `cancel()` of its streams, it says what to close with.
 *
 * https://websockets.spec.whatwg.org/#the-websocketerror-interface
 */
export class WebSocketError extends DOMException {
  #closeCode: number | null;
  #reason: string;

  /**
   * @throws {DOMException} InvalidAccessError when the code is neither 1000 nor 3000–4999,
   *   SyntaxError when the reason is longer than 123 bytes
   */
  constructor(message = '', init: WebSocketCloseInfo = {}) {
    super(message, 'WebSocketError');
    const { closeCode, reason } = readCloseInfo(init);
    this.#closeCode = closeCode ?? null;
    this.#reason = reason;
  }

  /** Null when there is none; 1006 when there was no Close frame. */
  get closeCode(): number | null {
    return this.#closeCode;
  }

  /** The peer's words; not to be trusted. */
  get reason(): string {
    return this.#reason;
  }

  static {
    exposeInterface(this, ['closeCode', 'reason']);
    assign = (error, closeCode, reason) => {
      error.#closeCode = closeCode;
      error.#reason = reason;
    };
  }
}

export function createWebSocketError(
  cause: Error,
  close: { readonly code: number; readonly reason: string } = { code: 1006, reason: '' },
): WebSocketError {
  const error = new WebSocketError(cause.message);
  assign(error, close.code, close.reason);
  return Object.defineProperty(error, 'cause', { value: cause, configurable: true });
}

/**
 * @returns what may be sent; a reason alone goes with 1000
 * @throws {TypeError} when `info` is no dictionary
 * @throws {DOMException} as `WebSocketError` does
 */
export function readCloseInfo(info: unknown): { closeCode: number | undefined; reason: string } {
  const { closeCode, reason = '' } = toDictionary('WebSocketCloseInfo', info);
  const code = closeCode === undefined ? undefined : enforceUnsignedShort('closeCode', closeCode);
  const words = toUSVString(reason);
  checkCloseArguments(code, words);
  return { closeCode: code ?? (words === '' ? undefined : 1000), reason: words };
}
