/**
 * The events of WHATWG's `WebSocket` that Node 20 lacks or types differently.
 *
 * https://websockets.spec.whatwg.org/#feedback-from-the-protocol
 */
import type { ConnectionError, HandshakeError, ProtocolError } from '../protocol/index.ts';

export class MessageEvent extends Event {
  readonly data: string | ArrayBuffer | Blob;
  /** The origin of the server's URL. */
  readonly origin: string;
  readonly lastEventId = '';
  readonly source = null;
  readonly ports: readonly never[] = Object.freeze([]);

  constructor(type: string, init: { data: string | ArrayBuffer | Blob; origin: string }) {
    super(type);
    this.data = init.data;
    this.origin = init.origin;
  }
}

export class CloseEvent extends Event {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;

  constructor(type: string, init: { code: number; reason: string; wasClean: boolean }) {
    super(type);
    this.code = init.code;
    this.reason = init.reason;
    this.wasClean = init.wasClean;
  }
}

/** A browser keeps the reason from the page; a program may know it. */
export class ErrorEvent extends Event {
  readonly error: ProtocolError | ConnectionError | HandshakeError;
  readonly message: string;

  constructor(type: string, error: ProtocolError | ConnectionError | HandshakeError) {
    super(type);
    this.error = error;
    this.message = error.message;
  }
}
