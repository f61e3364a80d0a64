import { bytesOf } from '../node/outgoing-message.ts';
import { textOf, toBytes } from './data.ts';
import type { FacadeConnection, SendCallback } from './facade-connection.ts';
import { CONNECTING, OPEN, STATES, type ReadyState } from './ready-state.ts';

/** The longest payload of a control frame (RFC 6455 §5.5). */
const MAX_CONTROL_BYTES = 125;

export interface SendOptions {
  /** Default: whether `data` is no string. */
  binary?: boolean | undefined;
  /** Default true, when compression was agreed on; fragments are never compressed. */
  compress?: boolean | undefined;
  /** False: more fragments of the message follow. Default true. */
  fin?: boolean | undefined;
  /** Ignored: clients mask, servers do not (RFC 6455 §5.1). */
  mask?: boolean | undefined;
}

/** The WebSocket whose messages are sent. */
export interface FacadeSenderOwner {
  readonly readyState: ReadyState;
  emit(event: 'error', error: Error): boolean;
  terminate(): void;
}

/** What a WebSocket of the facade sends, in its turn: a Blob holds up what comes behind it. */
export class FacadeSender {
  readonly #owner: FacadeSenderOwner;
  #connection: FacadeConnection<undefined> | undefined;
  /** What was sent in vain counts as buffered for ever, as in browsers. */
  #unsentBytes = 0;
  #isSendingFragments = false;
  /** What waits for a Blob to be read. */
  #turns: (() => void)[] | undefined;

  constructor(owner: FacadeSenderOwner) {
    this.#owner = owner;
  }

  /** From now on there is something to send by. */
  opened(connection: FacadeConnection<undefined>): void {
    this.#connection = connection;
  }

  /** Bytes that no connection has taken: those of Blobs being read, and what was sent in vain. */
  get unsentBytes(): number {
    return this.#unsentBytes;
  }

  /** @throws {Error} while the connection is not open yet */
  send(data: unknown, options: SendOptions | undefined, callback: SendCallback | undefined): void {
    this.#sendable(data, callback, (connection) => {
      if (data instanceof Blob) this.#sendBlob(data, options, callback);
      else connection.track(() => this.#sendNow(connection, data, options), callback);
    });
  }

  /**
   * @throws {Error} while the connection is not open yet
   * @throws {RangeError} when the payload is longer than 125 bytes (RFC 6455 §5.5)
   */
  sendControl(
    kind: 'ping' | 'pong',
    payload: Uint8Array,
    callback: SendCallback | undefined,
  ): void {
    if (this.#owner.readyState === OPEN && payload.length > MAX_CONTROL_BYTES) {
      throw new RangeError('The data size must not be greater than 125 bytes');
    }
    this.#sendable(payload, callback, (connection) => {
      connection.track(() => connection[kind](payload), callback);
    });
  }

  /** Runs it behind everything that was sent before. */
  inTurn(run: () => void): void {
    if (this.#turns === undefined) run();
    else this.#turns.push(run);
  }

  #sendable(
    data: unknown,
    callback: SendCallback | undefined,
    run: (connection: FacadeConnection<undefined>) => void,
  ): void {
    const { readyState } = this.#owner;
    if (readyState === CONNECTING) throw new Error(notOpen(readyState));
    if (readyState === OPEN) {
      this.inTurn(() => {
        if (this.#connection?.readyState === OPEN) run(this.#connection);
        else this.#sentInVain(data, callback);
      });
      return;
    }
    this.#sentInVain(data, callback);
  }

  #sentInVain(data: unknown, callback: SendCallback | undefined): void {
    this.#unsentBytes += data instanceof Blob ? data.size : toBytes(data).length;
    if (callback === undefined) return;
    process.nextTick(callback, new Error(notOpen(this.#owner.readyState)));
  }

  #sendNow(
    connection: FacadeConnection<undefined>,
    data: unknown,
    { binary = typeof data !== 'string', compress, fin = true }: SendOptions = {},
  ): void {
    if (!fin || this.#isSendingFragments) {
      this.#isSendingFragments = !fin;
      connection.sendFragment(binary ? 'binary' : 'text', toBytes(data), fin, compress);
    } else {
      connection.send(binary ? toBytes(data) : textOf(data ?? ''), { compress });
    }
  }

  /** A Blob's bytes come later; what is sent behind it waits for its turn. */
  #sendBlob(
    blob: Blob,
    options: SendOptions | undefined,
    callback: SendCallback | undefined,
  ): void {
    this.#turns = [];
    this.#unsentBytes += blob.size;
    void blob.arrayBuffer().then(
      (bytes) => {
        this.#unsentBytes -= blob.size;
        const connection = this.#connection;
        if (connection?.readyState === OPEN) {
          connection.track(() => this.#sendNow(connection, bytesOf(bytes), options), callback);
        } else this.#sentInVain(bytes, callback);
        this.#takeTurns();
      },
      (error: Error) => {
        if (callback !== undefined) process.nextTick(callback, error);
        this.#owner.emit('error', error);
        this.#owner.terminate();
      },
    );
  }

  #takeTurns(): void {
    const turns = this.#turns ?? [];
    this.#turns = undefined;
    // One of them may send a Blob again, which the others then wait for.
    for (const run of turns) this.inTurn(run);
  }
}

function notOpen(state: ReadyState): string {
  return `WebSocket is not open: readyState ${state} (${STATES[state]})`;
}
