/** The kit's end of one connection, whatever carries it: writes any bytes, and waits for what must come back. */
import type { Duplex } from 'node:stream';
import { Deviation, type Role } from './case.ts';
import { closePayload, decodeFrame, encodeFrame, Opcode } from './wire.ts';
import type { FrameFields, WireFrame } from './wire.ts';

/** How long an engine may take to answer before the case counts as failed. */
export const ANSWER_WITHIN_MS = 5000;

export type Arrival = { type: 'frame'; frame: WireFrame } | { type: 'end' };

export class RawPeer {
  /** The role the kit plays: a client masks what it sends. */
  readonly role: Role;
  readonly #socket: Duplex;
  /** What the opening handshake agreed on, '' for nothing. */
  readonly extensions: string;
  #bytes: Buffer = Buffer.alloc(0);
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(socket: Duplex, role: Role, extensions = '', head: Buffer = Buffer.alloc(0)) {
    this.#socket = socket;
    this.role = role;
    this.extensions = extensions;
    this.#bytes = head;
    socket.on('data', (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#wake?.();
    });
    const end = () => {
      this.#ended = true;
      this.#wake?.();
    };
    socket.on('end', end);
    socket.on('close', end);
    socket.on('error', end);
  }

  /** How much of what was sent has not been taken by what carries it. */
  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  send(bytes: Buffer): void {
    if (!this.#socket.destroyed) this.#socket.write(bytes);
  }

  /** Sends in pieces, each in a write of its own, so that the engine sees every split. */
  async sendInPieces(bytes: Buffer, pieceBytes: number): Promise<void> {
    for (let at = 0; at < bytes.length && !this.#socket.destroyed; at += pieceBytes) {
      const piece = bytes.subarray(at, at + pieceBytes);
      await new Promise<void>((resolve) => {
        this.#socket.write(piece, () => resolve());
      });
    }
  }

  encode(fields: FrameFields): Buffer {
    return encodeFrame({ masked: this.role === 'client', ...fields });
  }

  sendFrame(fields: FrameFields): void {
    this.send(this.encode(fields));
  }

  /** One message in the given fragments; the first carries the opcode. */
  sendFragments(opcode: number, fragments: (Buffer | string)[]): void {
    fragments.forEach((payload, i) => {
      this.sendFrame({
        opcode: i === 0 ? opcode : Opcode.continuation,
        payload,
        fin: i === fragments.length - 1,
      });
    });
  }

  pauseReading(): void {
    this.#socket.pause();
  }

  resumeReading(): void {
    this.#socket.resume();
  }

  halfClose(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  async next(withinMs = ANSWER_WITHIN_MS): Promise<Arrival> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const decoded = decodeFrame(this.#bytes);
      if (decoded) {
        this.#bytes = decoded.rest;
        return { type: 'frame', frame: decoded.frame };
      }
      if (this.#ended) return { type: 'end' };
      const left = deadline - Date.now();
      if (left <= 0) throw new Deviation('nothing came back in time');
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** The next message, joined from its fragments. */
  async nextMessage(): Promise<{ opcode: number; rsv1: boolean; payload: Buffer }> {
    const parts: Buffer[] = [];
    let first: WireFrame | undefined;
    for (;;) {
      const arrival = await this.next();
      if (arrival.type === 'end') throw new Deviation('the connection ended, a message was due');
      const { frame } = arrival;
      if (frame.opcode > 2) throw new Deviation(`${describe(frame)} came, a message was due`);
      if (frame.masked !== (this.role === 'server'))
        throw new Deviation('masked by the wrong role');
      first ??= frame;
      parts.push(frame.payload);
      if (frame.fin) {
        return {
          opcode: first.opcode,
          rsv1: (first.rsv & 4) !== 0,
          payload: Buffer.concat(parts),
        };
      }
    }
  }

  async expectMessage(opcode: number, payload: Buffer | string): Promise<void> {
    const message = await this.nextMessage();
    const wanted = Buffer.from(payload);
    if (message.opcode !== opcode) throw new Deviation(`opcode ${message.opcode} came back`);
    if (!message.payload.equals(wanted)) {
      throw new Deviation(
        `${message.payload.length} of ${wanted.length} bytes came back, or other ones`,
      );
    }
  }

  async expectPong(payload: Buffer | string): Promise<void> {
    const arrival = await this.next();
    const wanted = Buffer.from(payload);
    const isIt =
      arrival.type === 'frame' &&
      arrival.frame.opcode === Opcode.pong &&
      arrival.frame.payload.equals(wanted);
    if (!isIt) throw new Deviation(`a pong was due, ${describeArrival(arrival)} came`);
  }

  /**
   * The engine must send a Close with one of these codes (`undefined` stands for an empty body),
   * possibly after frames it had answered before, and then let TCP end.
   */
  async expectClose(...codes: (number | undefined)[]): Promise<void> {
    for (;;) {
      const arrival = await this.next();
      if (arrival.type === 'end') throw new Deviation('TCP ended without a Close frame');
      // A pong may have been owed, and a flood of pings may have put it off.
      if (arrival.frame.opcode === Opcode.pong) continue;
      if (arrival.frame.opcode !== Opcode.close) {
        throw new Deviation(`a Close was due, ${describe(arrival.frame)} came`);
      }
      const { payload } = arrival.frame;
      const code = payload.length >= 2 ? payload.readUInt16BE(0) : undefined;
      if (!codes.includes(code)) {
        throw new Deviation(
          `Close ${code ?? 'empty'} instead of ${codes.map(String).join(' or ')}`,
        );
      }
      await this.expectTcpEnd();
      return;
    }
  }

  async expectTcpEnd(): Promise<void> {
    // A client waits for the server to close TCP first (§7.1.1).
    if (this.role === 'server') this.halfClose();
    for (;;) {
      const arrival = await this.next();
      if (arrival.type === 'end') return;
    }
  }

  /** Closes as a well-behaved peer would, and expects the same of the engine. */
  async closeCleanly(): Promise<void> {
    this.sendFrame({ opcode: Opcode.close, payload: closePayload(1000) });
    await this.expectClose(1000);
  }
}

function describeArrival(arrival: Arrival): string {
  return arrival.type === 'end' ? 'the end of TCP' : describe(arrival.frame);
}

function describe(frame: WireFrame): string {
  if (frame.opcode === Opcode.close && frame.payload.length >= 2) {
    return `Close ${frame.payload.readUInt16BE(0)}`;
  }
  return `a frame of opcode ${frame.opcode} with ${frame.payload.length} bytes`;
}
