/** The messages of a connection as web streams: https://streams.spec.whatwg.org/ */
import {
  ReadableStream,
  WritableStream,
  type ReadableStreamDefaultController,
  type WritableStreamDefaultController,
} from 'node:stream/web';

import { ConnectionError } from '../protocol/index.ts';
import type { Message } from './message.ts';
import type { SendableData, WebSocketConnection } from './websocket-connection.ts';

/** Both directions of a connection; each chunk is one whole message. */
export interface MessageStreams<Received = Message['data'], Sent = SendableData> {
  readonly readable: ReadableStream<Received>;
  readonly writable: WritableStream<Sent>;
}

/** What differs between users of the streams. */
export interface StreamRules<Received, Sent> {
  receive(message: Message): Received;
  convert(chunk: Sent): SendableData;
  /** The streams want the connection closed; resolves when `writer.close()` may. */
  close(): Promise<void>;
  /** One of the streams was given up. */
  giveUp(reason: unknown): Promise<void>;
  /** What a writer is told when the connection is over, or on its way there. */
  closedError(cause?: unknown): Error;
}

export interface ControlledStreams<Received, Sent> extends MessageStreams<Received, Sent> {
  /** Something was given to `writable` that may not have reached the peer. */
  readonly hasLostWrites: boolean;
  /** The connection is over, and everything that came was delivered. */
  end(readError: Error | undefined, writeError: Error): void;
}

/**
 * The messages of a connection of either role as `readable` and `writable` web streams, with
 * back-pressure in both directions: nothing is taken before somebody reads, so that reading from the
 * socket stops, and a write is done when there is room for the next one (`highWaterBytes`).
 *
 * A text is a string, a binary message a Buffer. `readable` ends when the connection closes cleanly
 * and fails with its `error` when not. Closing or aborting `writable`, or cancelling `readable`,
 * closes the connection with 1000. Messages longer than `maxMessageBytes` fail it.
 *
 * @throws {InvalidStateError} when a handler with a `message` method is there already
 */
export function messageStreams(connection: WebSocketConnection): MessageStreams {
  const close = (): Promise<void> => connection[Symbol.asyncDispose]();
  const { readable, writable } = createMessageStreams<Message['data'], SendableData>(connection, {
    receive: (message) => message.data,
    convert: (chunk) => chunk,
    close,
    giveUp: close,
    closedError: (cause) => new ConnectionError('PW_WS_CLOSED', { cause }),
  });
  return { readable, writable };
}

export function createMessageStreams<Received, Sent>(
  connection: WebSocketConnection,
  rules: StreamRules<Received, Sent>,
): ControlledStreams<Received, Sent> {
  const messages = connection[Symbol.asyncIterator]();
  let reading: ReadableStreamDefaultController<Received> | undefined;
  let writing: WritableStreamDefaultController | undefined;
  let hasLostWrites = false;
  const readable = new ReadableStream<Received>(
    {
      start(controller) {
        reading = controller;
      },
      async pull(controller) {
        const { done, value } = await messages.next();
        if (reading === undefined) return;
        if (done !== true) {
          controller.enqueue(rules.receive(value));
          return;
        }
        reading = undefined;
        controller.close();
      },
      async cancel(reason) {
        reading = undefined;
        await messages.return?.();
        dropMessages(connection);
        await rules.giveUp(reason);
      },
    },
    // A message that nobody reads stays in the network.
    { highWaterMark: 0 },
  );
  const writable = new WritableStream<Sent>({
    start(controller) {
      writing = controller;
    },
    async write(chunk) {
      const data = rules.convert(chunk);
      const lost = (error?: unknown): never => {
        hasLostWrites = true;
        throw rules.closedError(error);
      };
      if (connection.readyState !== 1) lost();
      if (!connection.send(data)) await connection.drained().catch(lost);
    },
    close: () => rules.close(),
    abort: (reason) => rules.giveUp(reason),
  });
  const end = (readError: Error | undefined, writeError: Error): void => {
    if (readError === undefined) reading?.close();
    else reading?.error(readError);
    reading = undefined;
    writing?.error(writeError);
  };
  return {
    readable,
    writable,
    end,
    get hasLostWrites() {
      return hasLostWrites;
    },
  };
}

/** Nobody reads any more: what still comes must not keep the peer's Close frame behind it. */
function dropMessages(connection: WebSocketConnection): void {
  const previous = connection.handler;
  connection.handler = {
    message() {},
    stream: (_, stream) => {
      stream.destroy();
    },
    drain: (from) => previous?.drain?.(from),
    ping: (from, payload) => previous?.ping?.(from, payload),
    pong: (from, payload) => previous?.pong?.(from, payload),
    close: (from, close) => previous?.close?.(from, close),
  };
}
