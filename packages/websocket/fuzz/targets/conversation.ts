import type { DeflateCodec } from '../../src/node/deflate-codec.ts';
import type { Connection } from '../../src/protocol/connection.ts';
import { encodeMessage } from '../../src/protocol/encoded-frame.ts';
import { InvalidStateError, ProtocolError } from '../../src/protocol/errors.ts';
import type { ConnectionEvent, PayloadEvent } from '../../src/protocol/event.ts';
import type { Role } from '../../src/protocol/frame.ts';
import { OutputSlab } from '../../src/protocol/output-slab.ts';
import { concat, toHex, toText, utf8 } from '../../test/protocol/support/bytes.ts';
import { createConnection, describeEvent } from '../../test/protocol/support/endpoint.ts';
import { check } from '../fault.ts';
import { createNodeCodec } from '../node-codec.ts';
import type { Target } from '../target.ts';

/** The flags of the first byte. */
const DEFLATE = 0x01;
const CONTEXT_TAKEOVER = 0x02;
const STREAMS = 0x04;

/** Of a message; none is longer than the limit then. */
const MAX_FRAGMENTS = 12;
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/** An input may be long; a conversation need not be. */
const MAX_STEPS = 500;

/** Payloads up to here are copied when they are sent, and everything is by a client. */
const MAX_COPIED_BYTES = 16 * 1024;

/** Lengths of payloads by argument: the last few are long. */
const SHORT = [0, 1, 5, 7, 24, 25, 31, 32, 33, 64, 125, 126, 300, 500, 2048, 2049, 5000];
const LONG = [16_384, 16_385, 65_536];
const FIRST_LONG = 240;
const TEXTS = ['a', 'é', '你', '𝄞', 'Hello ', '\ud83d', 'a\u0080'];
const CODES = [undefined, 1000, 1001, 1011, 3000, 4999] as const;

/**
 * Two connections of ours talk: the first byte says how, then each pair of bytes is something that
 * an end does, or a step of the wire. Whatever is sent arrives, once and in order.
 */
export const conversation: Target = {
  name: 'conversation',
  format: 'hex',
  generate: (random) =>
    concat(
      Uint8Array.of(random.below(8)),
      ...random.list(1 + random.magnitude(200), () =>
        // Half of the steps carry things over, so that it is a conversation.
        Uint8Array.of(
          random.chance(0.5) ? random.below(256) : random.pick([10, 11, 26, 27] as const),
          random.below(256),
        ),
      ),
    ),
  run(input) {
    new Conversation(input[0] ?? 0).run(input.subarray(1, 1 + 2 * MAX_STEPS));
  },
};

class Conversation {
  readonly #ends: readonly [End, End];
  /** One for both, as for all connections of a process. */
  readonly #slab = new OutputSlab({ blockBytes: 4096 });
  readonly #codecs: DeflateCodec[] = [];

  constructor(flags: number) {
    const [client, server] = [this.#createEnd('client', flags), this.#createEnd('server', flags)];
    client.peer = server;
    server.peer = client;
    this.#ends = [client, server];
  }

  run(steps: Uint8Array): void {
    for (let index = 0; index + 1 < steps.length; index += 2) {
      const step = steps[index] ?? 0;
      const end = this.#ends[(step >>> 4) & 1] as End;
      this.#step(end, step & 0xf, steps[index + 1] ?? 0);
    }
    for (const end of this.#ends) end.setPressure(false);
    for (let round = 0; round < 3; round++) {
      for (const end of this.#ends) end.flush();
      for (const end of this.#ends) end.deliver(Infinity);
    }
    for (const end of this.#ends) end.checkEnd();
    for (const codec of this.#codecs) codec.close();
  }

  #createEnd(role: Role, flags: number): End {
    const takeover = (flags & CONTEXT_TAKEOVER) !== 0;
    const parameters = {
      compressContextTakeover: takeover,
      compressWindowBits: 15,
      decompressContextTakeover: takeover,
      decompressWindowBits: 15,
    };
    const codec = (flags & DEFLATE) === 0 ? undefined : createNodeCodec(parameters);
    if (codec !== undefined) this.#codecs.push(codec);
    const streams = (flags & STREAMS) !== 0;
    const options = {
      maxMessageBytes: streams ? 1000 : MAX_MESSAGE_BYTES,
      maxStreamBytes: streams ? MAX_MESSAGE_BYTES : 0,
      slab: this.#slab,
    };
    return new End(role, createConnection(role, options, codec));
  }

  #step(end: End, kind: number, argument: number): void {
    const length = payloadLength(argument);
    const text = textOf(argument, length);
    const isText = argument % 2 === 0;
    switch (kind) {
      case 0:
      case 1:
        end.sendText(text, argument < 200);
        return;
      case 2:
        end.sendBinary(bytesOf(argument, length), argument < 200);
        return;
      case 3:
      case 4:
        end.sendFragment(isText ? utf8(text) : bytesOf(argument, length), isText, kind === 4);
        return;
      case 5:
        end.forward();
        return;
      case 6:
        end.sendEncoded(this.#slab, isText ? text : bytesOf(argument, length));
        return;
      case 7:
        end.sendPing(bytesOf(argument, argument % 126));
        return;
      case 8:
        end.sendPong(bytesOf(argument, argument % 126));
        return;
      case 9:
        end.setPressure(isText);
        return;
      case 10:
        end.flush();
        return;
      case 11:
        end.deliver(argument === 255 ? Infinity : 2 ** (argument % 18));
        return;
      case 12:
        // Now and then only: it ends the conversation.
        if (argument < 40) end.sendClose(CODES[argument % CODES.length]);
        return;
      case 13:
        if (argument < 10) end.fail();
        return;
    }
  }
}

/** One connection, what the other end must hear of it, and the wire between them. */
class End {
  peer: End | undefined;
  readonly connection: Connection;
  readonly #role: Role;
  /** What the peer has still to hear. */
  readonly #expected: string[] = [];
  /** Written, not yet delivered. */
  #wire: Uint8Array = new Uint8Array(0);
  #fragments: Uint8Array[] | undefined;
  #fragmentsAreText = false;
  #pieces: Uint8Array[] = [];
  #owedPong: string | undefined;
  #closeSent = false;
  #lastMessage: PayloadEvent | undefined;

  constructor(role: Role, connection: Connection) {
    this.#role = role;
    this.connection = connection;
  }

  sendText(text: string, compress: boolean): void {
    this.#sendMessage(`text ${toText(utf8(text))}`, () => this.connection.sendText(text, compress));
  }

  sendBinary(payload: Uint8Array, compress: boolean): void {
    const event = `binary ${toHex(payload)}`.trimEnd();
    this.#sendMessage(event, () => this.connection.sendBinary(payload, compress));
    this.#use(payload);
  }

  sendFragment(payload: Uint8Array, isText: boolean, ends: boolean): void {
    const last = ends || this.#fragments?.length === MAX_FRAGMENTS - 1;
    const type = (this.#fragments === undefined ? isText : this.#fragmentsAreText)
      ? 'text'
      : 'binary';
    // Bytes of a text are the caller's care.
    const fragment = type === 'text' && !isText ? utf8('你') : payload;
    const sent = fragment.slice();
    if (!this.#attempt(true, () => this.connection.sendFragment(type, fragment, last))) return;
    this.#use(fragment);
    this.#fragmentsAreText = type === 'text';
    this.#fragments = [...(this.#fragments ?? []), sent];
    if (!last) return;
    const message = concat(...this.#fragments);
    this.#expected.push(
      type === 'text' ? `text ${toText(message)}` : `binary ${toHex(message)}`.trimEnd(),
    );
    this.#fragments = undefined;
  }

  forward(): void {
    const event = this.#lastMessage;
    if (event === undefined) return;
    this.#sendMessage(describeEvent(event), () => this.connection.forward(event));
  }

  sendEncoded(slab: OutputSlab, payload: string | Uint8Array): void {
    const isText = typeof payload === 'string';
    const frame = encodeMessage(slab, isText ? 'text' : 'binary', payload);
    const event = isText ? `text ${toText(utf8(payload))}` : `binary ${toHex(payload)}`.trimEnd();
    if (this.#role === 'client') {
      this.#attempt(false, () => this.connection.sendEncoded(frame));
      return;
    }
    this.#sendMessage(event, () => this.connection.sendEncoded(frame));
  }

  sendPing(payload: Uint8Array): void {
    const event = `ping ${toHex(payload)}`.trimEnd();
    if (this.#attempt(true, () => this.connection.sendPing(payload))) this.#expected.push(event);
  }

  sendPong(payload: Uint8Array): void {
    const event = `pong ${toHex(payload)}`.trimEnd();
    if (this.#attempt(true, () => this.connection.sendPong(payload))) this.#expected.push(event);
  }

  sendClose(code: number | undefined): void {
    const reason = code === undefined ? undefined : 'bye';
    if (this.connection.state === 'open') {
      this.#expectClose(code === undefined ? 'close 1005' : `close ${code} bye`);
    }
    this.connection.sendClose(code, reason);
  }

  fail(): void {
    const error = new ProtocolError('PW_WS_POLICY_VIOLATION');
    if (this.connection.state !== 'closed') this.#expectClose(`close 1008 ${error.message}`);
    this.connection.fail(error);
    this.#owedPong = undefined;
  }

  setPressure(on: boolean): void {
    this.connection.underPressure = on;
    if (on || this.#owedPong === undefined) return;
    this.#expected.push(this.#owedPong);
    this.#owedPong = undefined;
  }

  /** Writes, unless the socket does not drain. */
  flush(): void {
    if (this.connection.underPressure) return;
    const { outputBytes } = this.connection;
    const output = concat(...this.connection.takeOutput());
    check(output.length === outputBytes, 'outputBytes says what takeOutput gives');
    this.#wire = concat(this.#wire, output);
  }

  /** Lets so many bytes of what was written arrive. */
  deliver(most: number): void {
    const { peer } = this;
    if (peer === undefined) return;
    const chunk = this.#wire.slice(0, Math.min(most, this.#wire.length));
    this.#wire = this.#wire.slice(chunk.length);
    const { connection } = peer;
    connection.receive(chunk);
    for (let event = connection.nextEvent(); event !== undefined; event = connection.nextEvent()) {
      const heard = peer.#hear(event);
      if (heard === undefined) continue;
      const expected = this.#expected.shift();
      check(heard === expected, 'what is sent arrives, once and in order', {
        heard: heard.slice(0, 100),
        expected: expected?.slice(0, 100),
      });
    }
  }

  checkEnd(): void {
    const { peer } = this;
    check(this.#wire.length === 0 && this.connection.outputBytes === 0, 'everything is delivered');
    if (peer === undefined || peer.connection.state === 'closed') return;
    check(this.#expected.length === 0, 'nothing is lost on an open connection', this.#expected[0]);
  }

  /** The event as text, pieces put together; and what it makes this end send. */
  #hear(event: ConnectionEvent): string | undefined {
    const { state, underPressure } = this.connection;
    check(event.type !== 'fail', 'our own frames break no rule', describeEvent(event));
    if (event.type === 'piece') {
      this.#pieces.push(event.payload);
      if (!event.last) return undefined;
      const message = concat(...this.#pieces);
      this.#pieces = [];
      return event.of === 'text' ? `text ${toText(message)}` : `binary ${toHex(message)}`;
    }
    const heard = describeEvent(event);
    if (event.type === 'text' || event.type === 'binary') this.#lastMessage = event;
    if (event.type === 'ping' && state !== 'closed') {
      const pong = heard.replace('ping', 'pong');
      if (underPressure) this.#owedPong = pong;
      else this.#expected.push(pong);
    }
    if (event.type === 'close') {
      check(state === 'closed', 'a Close is answered and closes');
      this.#expectClose(heard);
      this.#owedPong = undefined;
    }
    return heard;
  }

  /** One Close is sent and no more. */
  #expectClose(event: string): void {
    if (!this.#closeSent) this.#expected.push(event);
    this.#closeSent = true;
  }

  #sendMessage(event: string, send: () => void): void {
    if (this.#attempt(this.#fragments === undefined, send)) this.#expected.push(event);
  }

  /** Whether it was sent; misuse must be refused, everything else must not. */
  #attempt(allowed: boolean, send: () => void): boolean {
    const expected = allowed && this.connection.state === 'open';
    try {
      send();
    } catch (error) {
      check(error instanceof InvalidStateError && !expected, 'only misuse is refused', error);
      return false;
    }
    check(expected, 'misuse is refused');
    return true;
  }

  /** The caller goes on using what was copied. */
  #use(payload: Uint8Array): void {
    if (this.#role === 'client' || payload.length <= MAX_COPIED_BYTES) payload.fill(0xee);
  }
}

function payloadLength(argument: number): number {
  const lengths = argument < FIRST_LONG ? SHORT : LONG;
  return lengths[argument % lengths.length] ?? 0;
}

function textOf(argument: number, length: number): string {
  const piece = TEXTS[argument % TEXTS.length] ?? '';
  return piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
}

function bytesOf(argument: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index++) bytes[index] = (index * argument + argument) & 0xff;
  return bytes;
}
