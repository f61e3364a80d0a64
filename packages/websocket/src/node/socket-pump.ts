/**
 * The only file that touches a socket. Carries chunks up and buffers down and holds back-pressure
 * both ways: `pause` stops reading, `writtenBytesWaiting` says what the kernel has not taken yet.
 *
 * Listeners are shared functions that find their pump on the socket, so a connection costs no
 * closure; one is made only for a connection that falls behind.
 */
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface SocketOwner {
  chunkArrived(chunk: Buffer): void;
  /** The peer ended its half. */
  peerEnded(): void;
  /** Everything written up to the last `write(…, true)` has left this process. */
  writesDone(): void;
  /** Called exactly once, last. */
  socketClosed(error: Error | undefined): void;
}

const pumpOf = Symbol('pump');

interface PumpedSocket extends Duplex {
  [pumpOf]?: SocketPump;
}

let onData: (this: PumpedSocket, chunk: Buffer) => void;
let onEnd: (this: PumpedSocket) => void;
let onError: (this: PumpedSocket, error: Error) => void;
let onClose: (this: PumpedSocket) => void;

export class SocketPump {
  readonly #socket: PumpedSocket;
  readonly #owner: SocketOwner;
  #error: Error | undefined;
  #onWritten: ((error?: Error | null) => void) | undefined;
  #started = false;
  #paused = false;
  #ended = false;

  /** Takes the socket over; nothing is read before `start`. */
  constructor(socket: Duplex, owner: SocketOwner) {
    this.#socket = socket;
    this.#owner = owner;
    this.#socket[pumpOf] = this;
    if (socket instanceof Socket) {
      socket.setTimeout(0);
      socket.setNoDelay(true);
    }
    socket.on('error', onError);
    socket.on('close', onClose);
  }

  /** Begins to read. `head` is what arrived behind the opening handshake in the same segment. */
  start(head: Buffer): void {
    const socket = this.#socket;
    if (head.length > 0) this.#owner.chunkArrived(head);
    this.#started = true;
    socket.on('end', onEnd);
    if (this.#paused) socket.pause();
    socket.on('data', onData);
    if (!this.#paused) socket.resume();
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    if (this.#started) this.#socket.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#started) this.#socket.resume();
  }

  /** Bytes handed to the socket that the kernel has not taken. */
  get waitingBytes(): number {
    return this.#socket.writableLength;
  }

  get remoteAddress(): string | undefined {
    return this.#socket instanceof Socket ? this.#socket.remoteAddress : undefined;
  }

  /** Writes all buffers with one system call where the platform can. */
  write(buffers: readonly Uint8Array[], notify: boolean): void {
    const socket = this.#socket;
    if (this.#ended || socket.destroyed || buffers.length === 0) return;
    const last = buffers.length - 1;
    if (last > 0) socket.cork();
    for (let i = 0; i < last; i++) socket.write(buffers[i]);
    if (notify) {
      this.#onWritten ??= (error) => {
        if (!error) this.#owner.writesDone();
      };
      socket.write(buffers[last], this.#onWritten);
    } else {
      socket.write(buffers[last]);
    }
    if (last > 0) socket.uncork();
  }

  /** Ends our half of TCP once everything written is out. */
  end(): void {
    if (this.#ended || this.#socket.destroyed) return;
    this.#ended = true;
    this.#socket.end();
  }

  /** Ends both halves now; what the kernel has not taken is lost. */
  destroy(): void {
    this.#ended = true;
    this.#socket.destroy();
  }

  static {
    onData = function (chunk) {
      const pump = this[pumpOf];
      if (pump !== undefined) pump.#owner.chunkArrived(chunk);
    };
    onEnd = function () {
      const pump = this[pumpOf];
      if (pump !== undefined) pump.#owner.peerEnded();
    };
    onError = function (error) {
      const pump = this[pumpOf];
      if (pump !== undefined) pump.#error = error;
    };
    onClose = function () {
      const pump = this[pumpOf];
      if (pump !== undefined) pump.#owner.socketClosed(pump.#error);
    };
  }
}
