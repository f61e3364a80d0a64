/** Runs a connection as an I/O layer would, and checks after every step what must always hold. */
import { isSendableCloseCode } from '../src/protocol/close-code.ts';
import type { DeflateCodec } from '../src/node/deflate-codec.ts';
import type { Connection } from '../src/protocol/connection.ts';
import type { ConnectionEvent, MessagePiece, PayloadEvent } from '../src/protocol/event.ts';
import { concat, toHex, toText } from '../test/protocol/support/bytes.ts';
import { createConnection, describeEvent } from '../test/protocol/support/endpoint.ts';
import { createNodeCodec } from './node-codec.ts';
import { chunkEnds, type ConnectionInput, type Settings } from './connection-input.ts';
import { check, checkSameEvents } from './fault.ts';
import { UnfinishedMessage, walkFrames } from './frame-walker.ts';
import { Random } from './random.ts';

/** Around every chunk, so that a write beside it is noticed. */
const GUARD_BYTES = 8;
const GUARD = 0x5a;
const OVERWRITTEN = 0xa5;

/** Feeds the stream and returns the events, as `describeEvent` puts them. */
export function driveConnection(input: ConnectionInput): string[] {
  const drive = new Drive(input);
  return drive.run();
}

class Drive {
  readonly #settings: Settings;
  readonly #stream: Uint8Array;
  readonly #connection: Connection;
  readonly #codec: DeflateCodec | undefined;
  readonly #random: Random;
  /** How much memory lies behind a chunk, as a share of it: a chunk is kept or copied accordingly. */
  readonly #margin: number;
  readonly #unfinished: UnfinishedMessage;
  readonly #shared: Uint8Array;
  readonly #events: string[] = [];
  /** What the peer must receive, in the form of `describeEvent`. */
  readonly #answers: string[] = [];
  /** Of a message that comes in pieces. */
  #pieces: Uint8Array[] | undefined;
  #owedPong: string | undefined;
  #ended = false;

  constructor({ settings, stream }: ConnectionInput) {
    this.#settings = settings;
    this.#stream = stream;
    this.#random = new Random(settings.split);
    this.#margin = this.#random.chance(0.3) ? 0.2 : 0;
    this.#unfinished = new UnfinishedMessage(walkFrames(stream));
    this.#shared = new Uint8Array(settings.reusedMemory ? stream.length + 16 : 0);
    const { role, maxMessageBytes, maxStreamBytes, refuseNonMinimalLengths, deflate } = settings;
    this.#codec = deflate && createNodeCodec(deflate);
    this.#connection = createConnection(
      role,
      { maxMessageBytes, maxStreamBytes, refuseNonMinimalLengths },
      this.#codec,
    );
  }

  run(): string[] {
    const { closesFirst, pressure, slowApplication } = this.#settings;
    const connection = this.#connection;
    if (closesFirst) {
      connection.sendClose(1000, 'bye');
      // The reader of the output would stop there.
      check(concat(...connection.takeOutput()).length > 0, 'sendClose sends Close');
    }
    let start = 0;
    for (const end of chunkEnds(this.#settings, this.#stream)) {
      if (pressure) this.#setPressure(this.#random.chance(0.5));
      this.#receive(start, end, slowApplication ? 1 : Infinity);
      start = end;
    }
    this.#takeEvents(Infinity);
    this.#setPressure(false);
    this.#endTcp();
    this.#codec?.close();
    this.#checkOutput();
    return this.#events;
  }

  /** @param most - so many events are taken, the others stay where they are */
  #receive(start: number, end: number, most: number): void {
    const connection = this.#connection;
    const chunk = this.#place(this.#stream.subarray(start, end));
    connection.receive(chunk);
    this.#takeEvents(most);
    this.#checkMemory(end);
    if (this.#settings.reusedMemory) {
      connection.detach(this.#shared.buffer);
      this.#shared.fill(OVERWRITTEN);
    } else {
      const before = new Uint8Array(chunk.buffer, 0, chunk.byteOffset);
      const after = new Uint8Array(chunk.buffer, chunk.byteOffset + chunk.length);
      const isGuard = (byte: number) => byte === GUARD;
      check(before.every(isGuard) && after.every(isGuard), 'memory beside the chunk is left alone');
    }
  }

  /** A copy of `bytes` at a place of any alignment. */
  #place(bytes: Uint8Array): Uint8Array {
    const offset = this.#random.below(GUARD_BYTES);
    if (this.#settings.reusedMemory) {
      this.#shared.set(bytes, offset);
      return this.#shared.subarray(offset, offset + bytes.length);
    }
    const behind = Math.floor(bytes.length * this.#margin);
    const memory = new Uint8Array(offset + bytes.length + GUARD_BYTES + behind).fill(GUARD);
    memory.set(bytes, offset);
    return memory.subarray(offset, offset + bytes.length);
  }

  #takeEvents(most: number): void {
    const connection = this.#connection;
    for (let taken = 0; taken < most; taken++) {
      const before = connection.unreadBytes;
      const event = connection.nextEvent();
      if (event === undefined) {
        check(connection.unreadBytes === 0, 'no event means that all input is read');
        return;
      }
      // Of a few compressed bytes there may be many pieces.
      const isPiece = event.type === 'piece' && this.#settings.deflate !== undefined;
      const progressed = connection.unreadBytes < before || (isPiece && before > 0);
      check(progressed, 'every event comes from input', { before });
      check(!this.#ended, 'nothing happens after the end', describeEvent(event));
      this.#expectAnswer(event);
      if (event.type === 'piece') {
        this.#takePiece(event);
      } else {
        this.#checkEvent(event);
        this.#events.push(describeEvent(event));
      }
    }
  }

  /** Pieces are put together, so that a message is the same event however it comes. */
  #takePiece({ of, first, last, payload }: MessagePiece): void {
    check(first === (this.#pieces === undefined), 'the first piece says so, and no other');
    this.#pieces ??= [];
    this.#pieces.push(payload.slice());
    if (!last) return;
    const message = concat(...this.#pieces);
    this.#pieces = undefined;
    const { maxMessageBytes, maxStreamBytes } = this.#settings;
    const long = message.length > maxMessageBytes && message.length <= maxStreamBytes;
    check(long, 'only long messages come in pieces', message.length);
    if (of === 'text') check(isUtf8(message), 'text is valid UTF-8', toHex(message));
    const contents = of === 'text' ? toText(message) : toHex(message);
    this.#events.push(`${of} ${contents}`);
  }

  #checkEvent(event: Exclude<ConnectionEvent, MessagePiece>): void {
    if (event.type === 'close') {
      const sendable = event.code === 1005 || isSendableCloseCode(event.code);
      check(sendable && event.reason.length <= 123, 'a received Close has an allowed body', event);
      return;
    }
    if (event.type === 'fail') {
      const { closeCode, message } = event.error;
      check(isSendableCloseCode(closeCode) && message.length <= 123, 'an error can be sent', event);
      return;
    }
    this.#checkPayload(event);
  }

  #checkPayload({ payload, type, ascii }: PayloadEvent): void {
    const longest = type === 'ping' || type === 'pong' ? 125 : this.#settings.maxMessageBytes;
    check(payload.length <= longest, 'no payload is longer than allowed', payload.length);
    if (type === 'text') check(isUtf8(payload), 'text is valid UTF-8', toHex(payload));
    if (type === 'text' || type === 'binary') {
      check(this.#pieces === undefined, 'no message comes between the pieces of another');
      const pure = payload.every((byte) => byte < 0x80);
      check(pure === ascii, 'ascii says what the payload is', { pure, ascii });
    }
  }

  #expectAnswer(event: ConnectionEvent): void {
    const { closesFirst } = this.#settings;
    if (event.type === 'ping') {
      const pong = `pong ${toHex(event.payload)}`.trimEnd();
      if (this.#connection.underPressure) this.#owedPong = pong;
      else this.#answers.push(pong);
    } else if (event.type === 'close' || event.type === 'fail') {
      this.#ended = true;
      this.#owedPong = undefined;
      check(this.#connection.state === 'closed', 'the end of the protocol is the state closed');
      if (closesFirst) return;
      this.#answers.push(
        event.type === 'close'
          ? describeEvent(event)
          : `close ${event.error.closeCode} ${event.error.message}`,
      );
    }
  }

  #setPressure(on: boolean): void {
    this.#connection.underPressure = on;
    if (on || this.#owedPong === undefined) return;
    this.#answers.push(this.#owedPong);
    this.#owedPong = undefined;
  }

  #checkMemory(received: number): void {
    const { heldBytes, outputBytes } = this.#connection;
    if (this.#connection.unreadBytes === 0) {
      const arrived = this.#unfinished.bytesAt(received);
      const { deflate, maxMessageBytes } = this.#settings;
      const most = deflate === undefined ? arrived : Math.max(arrived, maxMessageBytes);
      const bound = this.#ended ? 0 : 1.25 * most + 4096;
      check(heldBytes <= bound, 'memory held is at most 1.25 × what arrived + 4 KiB', {
        heldBytes,
        arrived,
      });
    }
    // A Pong is at most four bytes longer than its Ping, which took six, or two from a server.
    check(outputBytes <= 3 * received + 131, 'output is bounded by input', outputBytes);
  }

  #endTcp(): void {
    const connection = this.#connection;
    connection.receiveEof();
    check(connection.nextEvent() === undefined, 'the end of TCP is no event');
    check(connection.closeExpected, 'after the end of TCP the connection is closed');
    check(connection.heldBytes === 0 && connection.unreadBytes === 0, 'a closed one holds nothing');
  }

  /** The other end must understand every byte of it. */
  #checkOutput(): void {
    const peer = createConnection(this.#settings.role === 'server' ? 'client' : 'server');
    for (const bytes of this.#connection.takeOutput()) peer.receive(bytes);
    const received = peer.takeEvents().map(describeEvent);
    checkSameEvents(
      received,
      this.#answers,
      'the peer receives the Pongs and the Close it is owed',
    );
    check(this.#connection.outputBytes === 0, 'taken output is gone');
  }
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
