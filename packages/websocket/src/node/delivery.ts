import { MessagePiece, type ConnectionError, type PayloadEvent } from '../protocol/index.ts';
import type { Counters } from './counters.ts';
import { isPromise } from './failures.ts';
import { messageOf, payloadOf, type Message } from './message.ts';
import { MessageStream } from './message-stream.ts';
import type { ConnectionHandler, WebSocketConnection } from './websocket-connection.ts';

/** The connection whose messages are delivered. */
export interface DeliveryOwner<C> extends WebSocketConnection<C> {
  readonly handler: ConnectionHandler<C> | undefined;
  readonly counters: Counters;
  /** A message is longer than anybody here takes. */
  messageTooBig(): void;
  /** Somebody may take the next message now. */
  processLater(): void;
  /** The promise for the last message is settled. */
  handlerDone(): void;
  handlerFailed(error: unknown): void;
  closedError(): ConnectionError;
}

/**
 * Gives messages to whoever takes them, one at a time: to the handler's `message`, or, when they are
 * too long for that, to its `stream`. While nobody takes the next one it is kept here, alone.
 */
export class Delivery<C> {
  paused = false;
  readonly #owner: DeliveryOwner<C>;
  /** A message nobody has taken yet, or its beginning; nothing is read behind it. */
  #held: Message | MessagePiece | undefined;
  /** A handler's promise for the last message is pending; nothing is read behind it either. */
  #busy = false;
  /** The long message that is coming in. */
  #stream: MessageStream | undefined;

  constructor(owner: DeliveryOwner<C>) {
    this.#owner = owner;
  }

  /** Somebody would take a message now. */
  get listening(): boolean {
    if (this.paused || this.#held !== undefined) return false;
    const stream = this.#stream;
    return stream === undefined || stream.over ? !this.#busy : !stream.blocking;
  }

  get busy(): boolean {
    return this.#busy;
  }

  get holdsMessage(): boolean {
    return this.#held !== undefined;
  }

  deliverHeld(): void {
    const held = this.#held;
    if (held === undefined || this.paused) return;
    this.#held = undefined;
    if (held instanceof MessagePiece) this.deliverPiece(held);
    else this.#deliver(held);
  }

  dropHeld(): void {
    this.#held = undefined;
  }

  deliverMessage(event: PayloadEvent): void {
    this.#owner.counters.messagesReceived += 1;
    this.#deliver(messageOf(event));
  }

  deliverPiece(piece: MessagePiece): void {
    if (piece.first && !this.#openStream(piece)) return;
    const stream = this.#stream;
    if (stream === undefined) return;
    if (piece.end > piece.start) stream.push(payloadOf(piece));
    if (!piece.last) return;
    this.#owner.counters.messagesReceived += 1;
    stream.push(null);
  }

  /** @param isOver - nothing more comes, so that a message in progress will never be whole */
  settleStream(isOver: boolean): void {
    if (this.#stream?.over === true) this.#stream = undefined;
    if (!isOver || this.#stream === undefined) return;
    this.#stream.cut(this.#owner.closedError());
    this.#stream = undefined;
  }

  #deliver(message: Message): void {
    const { handler } = this.#owner;
    if (handler?.message === undefined) {
      this.#held = message;
      return;
    }
    const result = handler.message(this.#owner, message);
    if (isPromise(result)) this.#await(result);
  }

  /** False while there is nobody to take it, or when it is refused. */
  #openStream(piece: MessagePiece): boolean {
    const { handler } = this.#owner;
    if (handler?.stream === undefined) {
      if (handler?.message === undefined) this.#held = piece;
      else this.#owner.messageTooBig();
      return false;
    }
    this.#stream = new MessageStream(piece.of, () => this.#owner.processLater());
    const result = handler.stream(this.#owner, this.#stream);
    if (isPromise(result)) this.#await(result);
    return true;
  }

  /** The next message is delivered when the promise for this one is settled. */
  #await(promise: PromiseLike<unknown>): void {
    this.#busy = true;
    promise.then(
      () => this.#done(),
      (error: unknown) => {
        this.#owner.handlerFailed(error);
        this.#done();
      },
    );
  }

  #done(): void {
    this.#busy = false;
    this.#owner.handlerDone();
  }
}
