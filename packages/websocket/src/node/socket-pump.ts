/**
 * The only file that touches a socket. Carries chunks up and buffers down and holds back-pressure
 * both ways: `pause` stops reading, `waitingBytes` says what the kernel has not taken yet.
 *
 * Listeners are shared functions that find their pump on the socket, so that a connection costs one
 * closure, made when it first writes.
 */
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { cutCarrier, remoteAddressOf } from './carrier.ts';
import { DirectSocket, type ChunkReader } from './direct-socket.ts';

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
let notifyOwner: (pump: SocketPump) => void;

export class SocketPump implements ChunkReader {
  bytesSeen = 0;
  readonly #socket: PumpedSocket;
  readonly #owner: SocketOwner;
  #error: Error | undefined;
  readonly #direct: DirectSocket | undefined;
  #onWritten: ((error?: Error | null) => void) | undefined;
  #unfinishedWrites = 0;
  #notifyOwner = false;
  #started = false;
  #paused = false;
  #ended = false;

  /** Takes the socket over; nothing is read before `start`. */
  constructor(socket: Duplex, owner: SocketOwner) {
    this.#socket = socket;
    this.#owner = owner;
    this.#socket[pumpOf] = this;
    this.#direct = DirectSocket.find(socket);
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
    this.#direct?.offerChunksTo(this);
  }

  /** What the stream has read already, or is to hold while we are paused, comes first. */
  chunkRead(chunk: Buffer): boolean {
    if (this.#paused || this.#socket.readableLength > 0) return false;
    this.#owner.chunkArrived(chunk);
    return true;
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
    if (this.#unfinishedWrites === 0) return 0;
    // What the stream is writing is counted by both.
    return Math.max(this.#socket.writableLength, this.#direct?.waitingBytes ?? 0);
  }

  get remoteAddress(): string | undefined {
    return remoteAddressOf(this.#socket);
  }

  /**
   * Writes all buffers with one system call where the platform can.
   *
   * @param notify - call `writesDone` when they have left, never before this returns
   * @returns true when the kernel has them already, so that nobody here needs them any more
   */
  write(buffers: readonly Uint8Array[], notify: boolean): boolean {
    const socket = this.#socket;
    const last = buffers[buffers.length - 1];
    if (this.#ended || socket.destroyed || last === undefined) return false;
    this.#onWritten ??= (error) => this.#written(error);
    this.#notifyOwner ||= notify;
    this.#unfinishedWrites += 1;
    if (this.#direct?.mayWrite === true) {
      const unfinished = this.#unfinishedWrites;
      this.#direct.write(buffers, this.#onWritten);
      return this.#unfinishedWrites < unfinished;
    }
    if (buffers.length === 1) {
      socket.write(last, this.#onWritten);
      return false;
    }
    socket.cork();
    for (const buffer of buffers) {
      if (buffer !== last) socket.write(buffer);
    }
    socket.write(last, this.#onWritten);
    socket.uncork();
    return false;
  }

  #written(error: Error | null | undefined): void {
    this.#unfinishedWrites -= 1;
    if (error) this.#socket.destroy(error);
    else if (this.#unfinishedWrites === 0 && this.#notifyOwner) process.nextTick(notifyOwner, this);
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
    cutCarrier(this.#socket);
  }

  static {
    notifyOwner = (pump) => {
      if (!pump.#notifyOwner || pump.#unfinishedWrites > 0 || pump.#ended) return;
      pump.#notifyOwner = false;
      pump.#owner.writesDone();
    };
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
