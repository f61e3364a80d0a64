import { Duplex, type DuplexOptions } from 'node:stream';

import type { BufferLike, RawData } from './data.ts';
import type { WebSocket } from './websocket.ts';

/**
 * A connection as a duplex stream: each message is a chunk, `end()` is the closing handshake,
 * `destroy()` ends TCP. Reading no further pauses the connection.
 *
 * With `readableObjectMode`, text messages come as strings.
 */
export function createWebSocketStream(websocket: WebSocket, options?: DuplexOptions): Duplex {
  return new WebSocketDuplex(websocket, options);
}

class WebSocketDuplex extends Duplex {
  readonly #websocket: WebSocket;
  /** After an error the Close frame must still get out. */
  #hasFailed = false;

  constructor(websocket: WebSocket, options: DuplexOptions | undefined) {
    super({
      ...options,
      autoDestroy: false,
      emitClose: false,
      objectMode: false,
      writableObjectMode: false,
    });
    this.#websocket = websocket;
    websocket.on('message', (data: RawData, isBinary: boolean) => {
      const isText = !isBinary && this.readableObjectMode;
      if (!this.push(isText ? (data as Buffer).toString() : data)) websocket.pause();
    });
    websocket.once('error', (error) => {
      if (this.destroyed) return;
      this.#hasFailed = true;
      this.destroy(error);
    });
    websocket.once('close', () => {
      if (!this.destroyed) this.push(null);
    });
    this.on('end', () => {
      if (this.writableFinished) this.destroy();
    });
    const failed = (error: Error): void => {
      this.off('error', failed);
      this.destroy();
      // Without anybody to hear it, it is to be thrown as ever.
      if (this.listenerCount('error') === 0) this.emit('error', error);
    };
    this.on('error', failed);
  }

  override _read(): void {
    if (this.#websocket.isPaused) this.#websocket.resume();
  }

  override _write(
    chunk: BufferLike,
    _encoding: BufferEncoding,
    callback: (error?: Error | null) => void,
  ): void {
    this.#whenOpen(() => this.#websocket.send(chunk, callback));
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#whenOpen(() => {
      const done = (): void => {
        callback();
        if (this.readableEnded) this.destroy();
      };
      if (this.#websocket.readyState === this.#websocket.CLOSED) done();
      else this.#websocket.once('close', done).close();
    });
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const websocket = this.#websocket;
    const done = (): void => {
      callback(error);
      process.nextTick(() => this.emit('close'));
    };
    if (websocket.readyState === websocket.CLOSED) {
      done();
      return;
    }
    websocket.once('close', done);
    // One that was still being opened reports that it was not to be.
    if (websocket.listenerCount('error') === 0) websocket.once('error', () => undefined);
    if (!this.#hasFailed) websocket.terminate();
  }

  #whenOpen(run: () => void): void {
    if (this.#websocket.readyState === this.#websocket.CONNECTING)
      this.#websocket.once('open', run);
    else run();
  }
}
