import { InvalidStateError } from '../protocol/index.ts';
import type { Message } from './message.ts';
import type {
  ConnectionClose,
  ConnectionHandler,
  WebSocketConnection,
} from './websocket-connection.ts';

type Result = IteratorResult<Message, undefined>;

interface Waiter {
  resolve(result: Result): void;
  reject(error: Error): void;
}

const DONE: Result = { done: true, value: undefined };

/**
 * Takes messages one by one.
 *
 * It keeps none itself: between two calls of `next` its handler has no `message` method, so the
 * connection holds the next one and stops reading. Whoever comes after this loop finds it there.
 */
export class MessageIterator<C> implements AsyncIterator<Message, undefined> {
  readonly #connection: WebSocketConnection<C>;
  readonly #previous: ConnectionHandler<C> | undefined;
  readonly #idle: ConnectionHandler<C>;
  readonly #taking: ConnectionHandler<C>;
  readonly #waiters: Waiter[] = [];
  #close: ConnectionClose | undefined;
  #left = false;

  /**
   * @param close - how the connection ended, if a handler has been told already
   * @throws {InvalidStateError} when messages go to a handler already
   */
  constructor(connection: WebSocketConnection<C>, close: ConnectionClose | undefined) {
    this.#close = close;
    const previous = connection.handler;
    if (previous?.message !== undefined) {
      throw new InvalidStateError('the connection has a message handler already');
    }
    this.#connection = connection;
    this.#previous = previous;
    this.#idle = {
      drain: (from) => previous?.drain?.(from),
      dropped: (from, message) => previous?.dropped?.(from, message),
      ping: (from, payload) => previous?.ping?.(from, payload),
      pong: (from, payload) => previous?.pong?.(from, payload),
      close: (from, close) => {
        this.#closed(close);
        return previous?.close?.(from, close);
      },
    };
    this.#taking = { ...this.#idle, message: (_, message) => this.#take(message) };
    if (previous?.stream !== undefined) {
      this.#taking.stream = (from, stream) => previous.stream?.(from, stream);
    }
    connection.handler = this.#idle;
  }

  next(): Promise<Result> {
    if (this.#left) return Promise.resolve(DONE);
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      if (this.#close === undefined) this.#connection.handler = this.#taking;
      else this.#closed(this.#close);
    });
  }

  return(): Promise<Result> {
    if (!this.#left && this.#close === undefined) this.#connection.handler = this.#previous;
    this.#left = true;
    for (const waiter of this.#waiters.splice(0)) waiter.resolve(DONE);
    return Promise.resolve(DONE);
  }

  #take(message: Message): void {
    const waiter = this.#waiters.shift();
    if (this.#waiters.length === 0) this.#connection.handler = this.#idle;
    waiter?.resolve({ done: false, value: message });
  }

  /** The first `next` after an unclean end throws, all others are done. */
  #closed(close: ConnectionClose): void {
    this.#close = close;
    let { error } = close;
    for (const waiter of this.#waiters.splice(0)) {
      if (error !== undefined) waiter.reject(error);
      else waiter.resolve(DONE);
      error = undefined;
    }
    if (error === undefined) this.#left = true;
  }
}
