import type { Duplex } from 'node:stream';

import type { Agreement, ConnectionGroup } from '../node/connection-group.ts';
import { Counters } from '../node/counters.ts';
import { SocketConnection } from '../node/socket-connection.ts';
import type { ConnectionHandler } from '../node/websocket-connection.ts';

/** Of all connections of the facade. */
export const counters = new Counters();

/** Called when what was sent has left this process, or with the reason why it never will. */
export type SendCallback = (error?: Error) => void;

interface Waiting {
  /** How many bytes must have left. */
  readonly position: number;
  readonly callback: SendCallback;
}

/** A connection of the engine that also tells when each message has left. */
export class FacadeConnection<C> extends SocketConnection<C> {
  /** Bytes put in so far, those of the engine's own control frames not counted. */
  #position = 0;
  #waiting: Waiting[] = [];
  #isOver = false;

  constructor(
    group: ConnectionGroup<C>,
    socket: Duplex,
    agreement: Agreement,
    context: C,
    handler: ConnectionHandler<C>,
  ) {
    super(group, socket, agreement, context, handler);
  }

  /** Runs `send`, which puts frames into this connection, and calls back when they have left. */
  track(send: () => void, callback: SendCallback | undefined): void {
    const before = this.socketBytes;
    send();
    this.#position += this.socketBytes - before;
    if (callback === undefined) return;
    if (this.#isOver) process.nextTick(callback, writeAfterEnd());
    else this.#waiting.push({ position: this.#position, callback });
  }

  override writesDone(): void {
    super.writesDone();
    this.#settle();
  }

  override socketClosed(error: Error | undefined): void {
    this.#isOver = true;
    for (const { callback } of this.#waiting.splice(0)) {
      process.nextTick(callback, error ?? writeAfterEnd());
    }
    super.socketClosed(error);
  }

  /** What is not in `socketBytes` any more has left; a control frame among it only delays that. */
  #settle(): void {
    const left = this.#position - this.socketBytes;
    while (this.#waiting[0] !== undefined && this.#waiting[0].position <= left) {
      this.#waiting.shift()?.callback();
    }
  }
}

/** The same that a stream says to writes it could not finish. */
function writeAfterEnd(): Error {
  const error = new Error('Cannot call write after a stream was destroyed');
  return Object.assign(error, { code: 'ERR_STREAM_DESTROYED' });
}
