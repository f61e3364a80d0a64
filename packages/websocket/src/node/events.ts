/**
 * The events of WHATWG's `WebSocket`, which Node 20 lacks or has in part.
 *
 * https://websockets.spec.whatwg.org/#the-closeevent-interface
 * https://html.spec.whatwg.org/multipage/comms.html#messageevent
 */
import type { ConnectionError, HandshakeError, ProtocolError } from '../protocol/index.ts';
import {
  exposeInterface,
  requireArguments,
  toDictionary,
  toDOMString,
  toSequence,
  toUnsignedShort,
  toUSVString,
} from './webidl.ts';

export interface MessageEventInit extends EventInit {
  data?: unknown;
  origin?: string;
  lastEventId?: string;
  source?: object | null;
  ports?: Iterable<object>;
}

export interface CloseEventInit extends EventInit {
  wasClean?: boolean;
  code?: number;
  reason?: string;
}

interface EventInit {
  bubbles?: boolean;
  cancelable?: boolean;
  composed?: boolean;
}

/** @typeParam T - of `data`: a message of a `WebSocket` is a string, an ArrayBuffer or a Blob */
export class MessageEvent<T = string | ArrayBuffer | Blob> extends Event {
  readonly #data: unknown;
  readonly #origin: string;
  readonly #lastEventId: string;
  readonly #source: object | null;
  readonly #ports: readonly object[];

  constructor(type: string, init: MessageEventInit = {}) {
    requireArguments('MessageEvent', arguments.length, 1);
    const fields: MessageEventInit = toDictionary('MessageEventInit', init);
    super(toDOMString(type), fields);
    const { data = null, origin = '', lastEventId = '', source = null, ports = [] } = fields;
    this.#data = data;
    this.#origin = toUSVString(origin);
    this.#lastEventId = toDOMString(lastEventId);
    this.#source = source;
    this.#ports = Object.freeze(toSequence('ports', ports, (port) => port as object));
  }

  get data(): T {
    return this.#data as T;
  }

  /** The origin of the server's URL. */
  get origin(): string {
    return this.#origin;
  }

  get lastEventId(): string {
    return this.#lastEventId;
  }

  get source(): object | null {
    return this.#source;
  }

  get ports(): readonly object[] {
    return this.#ports;
  }

  static {
    exposeInterface(this, ['data', 'origin', 'lastEventId', 'source', 'ports']);
  }
}

export class CloseEvent extends Event {
  readonly #wasClean: boolean;
  readonly #code: number;
  readonly #reason: string;

  constructor(type: string, init: CloseEventInit = {}) {
    requireArguments('CloseEvent', arguments.length, 1);
    const fields: CloseEventInit = toDictionary('CloseEventInit', init);
    super(toDOMString(type), fields);
    const { wasClean = false, code = 0, reason = '' } = fields;
    this.#wasClean = Boolean(wasClean);
    this.#code = toUnsignedShort(code);
    this.#reason = toUSVString(reason);
  }

  /** Both Close frames went through (RFC 6455 §7.1.4). */
  get wasClean(): boolean {
    return this.#wasClean;
  }

  /** Of the peer's Close frame; 1005 when it named none, 1006 when there was none. */
  get code(): number {
    return this.#code;
  }

  /** The peer's words; not to be trusted. */
  get reason(): string {
    return this.#reason;
  }

  static {
    exposeInterface(this, ['wasClean', 'code', 'reason']);
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
