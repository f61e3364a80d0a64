import { Duplex } from 'node:stream';

export interface SocketListener {
  /** Bytes from the client, before anybody else has them. Read them now; they are not yours. */
  received(chunk: Uint8Array): void;
  /** Bytes on their way to the client. */
  sent(chunk: Uint8Array): void;
  /** TCP is closed. Called once, last. */
  ended(): void;
}

type Done = (error?: Error | null) => void;

/**
 * Stands between a socket and whoever uses it, passes everything on as it is, back-pressure
 * included, and tells a listener what passes. The engine takes it for the socket itself.
 */
export class TappedSocket extends Duplex {
  readonly #socket: Duplex;
  readonly #listener: SocketListener;

  /** Takes the socket over. */
  constructor(socket: Duplex, listener: SocketListener) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    this.#listener = listener;
    socket.on('data', (chunk: Buffer) => {
      listener.received(chunk);
      if (!this.push(chunk)) socket.pause();
    });
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => {
      listener.ended();
      this.destroy();
    });
    // Read from again when somebody asks for it.
    socket.pause();
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.#listener.sent(chunk);
    this.#socket.write(chunk, done);
  }

  override _final(done: Done): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#socket.destroy();
    done(error);
  }
}
