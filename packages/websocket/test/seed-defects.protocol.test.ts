/**
 * Every defect of the tutorial's code that concerns the handshake, frames or messages, as a
 * regression test; those of sockets and pages are in seed-defects.node.test.ts.
 */
import { describe, expect, test } from 'vitest';

import { decodeFrameHeader, encodeFrame, FrameHeader } from '../src/protocol/frame.ts';
import { formatRequest, formatResponse } from '../src/protocol/http-message.ts';
import {
  buildRefusal,
  buildRequest,
  buildResponse,
  checkRequest,
  checkResponse,
  computeAccept,
  encodeKey,
} from '../src/protocol/opening-handshake.ts';
import { concat, hex, pattern, toHex, utf8 } from './protocol/support/bytes.ts';
import { createConnection, feed, output, peerFrame } from './protocol/support/endpoint.ts';
import { MASK, rawFrame, type RawFrame } from './protocol/support/raw-frame.ts';
import { rawHeaders } from './protocol/support/raw-headers.ts';
import { sha1 } from './protocol/support/sha1.ts';
import { splits } from './protocol/support/split.ts';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';
/** What the tutorial answers to everybody: the accept of an empty key. */
const ACCEPT_OF_NO_KEY = 'Kfh9QIsMVZcl6xEPYxPHzW8SZ8w=';

type Fields = Record<string, string | readonly string[] | null>;

function request(changes: Fields = {}, changesToLine: { method?: string; target?: string } = {}) {
  const headers = rawHeaders({
    Host: 'localhost:1818',
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': KEY,
    'Sec-WebSocket-Version': '13',
    ...changes,
  });
  return { method: 'GET', httpVersion: '1.1', target: '/chat', ...changesToLine, headers };
}

/** The server's answer as it goes on the wire. */
function answer(input: ReturnType<typeof request>, protocol?: string): string {
  const check = checkRequest(input);
  if (!check.ok) return formatResponse(buildRefusal(check.problems[0]));
  const chosen = protocol === undefined ? {} : { protocol };
  return formatResponse(buildResponse({ offer: check.offer, sha1, ...chosen }));
}

const statusOf = (response: string) => Number(response.split(' ')[1]);

const toServer = (frame: RawFrame) => peerFrame('server', frame);
const text = (payload: string, fin = true) => toServer({ opcode: 1, fin, payload: utf8(payload) });
const receive = (...chunks: readonly Uint8Array[]) => feed(createConnection('server'), ...chunks);

describe('opening handshake', () => {
  test('S01 the accept value is computed from the key of the request', () => {
    expect(computeAccept(KEY, sha1)).toBe(ACCEPT);
    expect(computeAccept('', sha1)).toBe(ACCEPT_OF_NO_KEY);
    expect(answer(request())).toContain(`Sec-WebSocket-Accept: ${ACCEPT}\r\n`);
    expect(statusOf(answer(request({ 'Sec-WebSocket-Key': null })))).toBe(400);
  });

  test('S02 no valid key, no 101', () => {
    for (const key of [null, '', 'abc', [KEY, KEY], `${KEY}${KEY}`]) {
      const response = answer(request({ 'Sec-WebSocket-Key': key }));
      expect(statusOf(response)).toBe(400);
      expect(response).not.toContain(ACCEPT_OF_NO_KEY);
    }
  });

  test('S03 header names are found in any case', () => {
    const lower = request({ 'Sec-WebSocket-Key': null, 'sec-websocket-key': KEY });
    expect(answer(lower)).toContain(ACCEPT);
  });

  test('S04 only header fields are searched, not the request line', () => {
    const target = '/?Sec-WebSocket-Key:x';
    expect(answer(request({}, { target }))).toContain(ACCEPT);
    const without = request(
      { 'Sec-WebSocket-Key': null },
      { target: `/?Sec-WebSocket-Key:${KEY}` },
    );
    expect(statusOf(answer(without))).toBe(400);
  });

  test('S05 a key that is not 16 bytes in base64, once, is refused', () => {
    const bad = ['dGhlIHNhbXBsZSBub25j', 'dGhlIHNhbXBsZSBub25jZR==', '!'.repeat(24), [KEY, KEY]];
    for (const key of bad) {
      expect(statusOf(answer(request({ 'Sec-WebSocket-Key': key })))).toBe(400);
    }
  });

  test('S06 the accept value is base64 of the 20 raw bytes of the hash, not of its hex text', () => {
    const hash = hex('b37a4f2cc0624f1690f64606cf385945b2bec4ea');
    expect(computeAccept(KEY, sha1)).toBe(Buffer.from(hash).toString('base64'));
    const ofHexText = Buffer.from(toHex(hash)).toString('base64');
    expect(ofHexText).toMatch(/^YjM3YTRm/);
    const headers = rawHeaders({
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Accept': ofHexText,
    });
    expect(checkResponse({ status: 101, headers }, { key: KEY }, sha1).ok).toBe(false);
  });

  test('S07 lines end with CRLF on every platform', () => {
    const key = encodeKey(new Uint8Array(16));
    const blocks = [
      answer(request()),
      answer(request({ Host: null })).split('\r\n\r\n')[0] ?? '',
      formatRequest(buildRequest({ host: 'localhost', target: '/', key })),
    ];
    for (const block of blocks) expect(block.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  });

  test('S08 the header block ends with an empty line, with a subprotocol too', () => {
    expect(answer(request())).toMatch(/[^\r\n]\r\n\r\n$/);
    const offered = request({ 'Sec-WebSocket-Protocol': 'chat' });
    expect(answer(offered, 'chat')).toMatch(/\r\nSec-WebSocket-Protocol: chat\r\n\r\n$/);
  });

  test('S09 a subprotocol is named only to those who asked for it', () => {
    expect(answer(request())).not.toContain('Sec-WebSocket-Protocol');
    expect(answer(request({ 'Sec-WebSocket-Protocol': 'superchat' }))).not.toContain('chat');
    expect(() => answer(request(), 'chat')).toThrow(TypeError);
    expect(() => answer(request({ 'Sec-WebSocket-Protocol': 'superchat' }), 'chat')).toThrow(
      TypeError,
    );
    const headers = rawHeaders({
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Accept': ACCEPT,
      'Sec-WebSocket-Protocol': 'chat',
    });
    const check = checkResponse({ status: 101, headers }, { key: KEY }, sha1);
    expect(check).toMatchObject({ ok: false, problems: [{ code: 'PW_WS_RESPONSE_PROTOCOL' }] });
  });

  test('S10 what is not a WebSocket request gets no 101', () => {
    const statuses = [
      answer(request({}, { method: 'POST' })),
      answer({ ...request(), httpVersion: '1.0' }),
      answer(request({ Host: null })),
      answer(request({ Upgrade: null })),
      answer(request({ Connection: 'keep-alive' })),
      answer(request({ 'Sec-WebSocket-Version': '8' })),
      answer(request({ 'Sec-WebSocket-Version': '13, 8' })),
    ].map(statusOf);
    expect(statuses).toEqual([405, 400, 400, 426, 400, 426, 400]);
  });
});

describe('receiving', () => {
  test('S14 never reads past the bytes received', () => {
    const memory = new Uint8Array(200).fill(0x53);
    const frame = rawFrame({ opcode: 1, announce: 100n, mask: new Uint8Array(4) });
    memory.set(frame, 50);
    const connection = createConnection('server');
    expect(feed(connection, memory.subarray(50, 50 + frame.length))).toEqual([]);
    expect(connection.outputBytes).toBe(0);
    const payload = 'x'.repeat(100);
    expect(feed(connection, utf8(payload))).toEqual([`text ${payload}`]);
  });

  test('S15 a frame may be larger than any read, up to the limit', () => {
    for (const length of [1016, 1017, 1024, 100_000]) {
      const payload = 'x'.repeat(length);
      for (const { how, chunks } of splits(text(payload)).filter(({ chunks: c }) => c.length < 9)) {
        expect(receive(...chunks), how).toEqual([`text ${payload}`]);
      }
    }
  });

  test('S16 a header alone is no message yet', () => {
    expect(receive(text('Hello').slice(0, 2))).toEqual([]);
    expect(receive(text('Hello').slice(0, 6))).toEqual([]);
  });

  test('S17 a 16-bit length without its body waits, or is over the limit', () => {
    const frame = rawFrame({ opcode: 1, announce: 0xffffn, mask: MASK });
    expect(receive(frame.slice())).toEqual([]);
    const strict = createConnection('server', { maxMessageBytes: 1000 });
    expect(feed(strict, frame)).toEqual(['fail PW_WS_MESSAGE_TOO_BIG']);
  });

  test('S18 every byte of a message in 64-bit form is unmasked', () => {
    for (const length of [65_536, 65_537, 65_538, 65_539, 150_000]) {
      const connection = createConnection('server');
      connection.receive(toServer({ opcode: 2, payload: pattern(length) }));
      const events = connection.takeEvents();
      const payload = events[0]?.type === 'binary' ? events[0].payload : new Uint8Array(0);
      expect(Buffer.compare(payload, pattern(length)), `${length}`).toBe(0);
    }
  });

  test('S19 fewer than 126 bytes in a 64-bit length fail the connection', () => {
    const frame = toServer({ opcode: 1, payload: utf8('Hello'), lengthBits: 64 });
    expect(receive(frame)).toEqual(['fail PW_WS_NON_MINIMAL_LENGTH']);
  });

  test('S20 absurd lengths are refused before anything is allocated', () => {
    const announce = (length: bigint) => {
      const connection = createConnection('server');
      const events = feed(connection, rawFrame({ opcode: 2, announce: length, mask: MASK }));
      expect(connection.heldBytes).toBe(0);
      return events;
    };
    expect(announce((1n << 64n) - 1n)).toEqual(['fail PW_WS_LENGTH_TOP_BIT']);
    expect(announce((1n << 31n) - 1n)).toEqual(['fail PW_WS_MESSAGE_TOO_BIG']);
  });

  test('S21 lengths are neither cut to 16 nor to 32 bits', () => {
    for (const length of [(1n << 16n) + 5n, (1n << 32n) + 5n, (1n << 48n) + 5n]) {
      const bytes = rawFrame({ opcode: 2, announce: length });
      const header = new FrameHeader();
      decodeFrameHeader(bytes, 0, bytes.length, header);
      expect(BigInt(header.payloadLength)).toBe(length);
    }
    expect(receive(rawFrame({ opcode: 2, announce: (1n << 32n) + 5n, mask: MASK }))).toEqual([
      'fail PW_WS_MESSAGE_TOO_BIG',
    ]);
  });

  test('S22 a 16-bit length puts the mask at offset 4 and the data at 8', () => {
    for (const length of [126, 200, 1016]) {
      const bytes = text('x'.repeat(length));
      expect(bytes.slice(4, 8)).toEqual(MASK);
      expect(bytes).toHaveLength(8 + length);
      expect(receive(bytes)).toEqual([`text ${'x'.repeat(length)}`]);
    }
  });

  test('S23 fragments are joined, also with a Ping in between', () => {
    const rest = toServer({ opcode: 0, payload: utf8('llo') });
    expect(receive(text('He', false), rest.slice())).toEqual(['text Hello']);
    const ping = toServer({ opcode: 9, payload: utf8('hb') });
    expect(receive(text('He', false), ping, rest)).toEqual(['ping 6862', 'text Hello']);
  });

  test('S24 every opcode means what it says', () => {
    const connection = createConnection('server');
    const frames = [
      toServer({ opcode: 9, payload: utf8('hb') }),
      toServer({ opcode: 10 }),
      toServer({ opcode: 2, payload: hex('00ff') }),
      toServer({ opcode: 8, payload: hex('03e8') }),
    ];
    expect(feed(connection, concat(...frames))).toEqual([
      'ping 6862',
      'pong',
      'binary 00ff',
      'close 1000',
    ]);
    expect(toHex(output(connection))).toBe('8a026862' + '880203e8');
    for (const opcode of [0x3, 0xb]) {
      expect(receive(toServer({ opcode }))).toEqual(['fail PW_WS_RESERVED_OPCODE']);
    }
  });

  test('S25 reserved bits fail the connection', () => {
    for (const rsv of [1, 2, 4]) {
      expect(receive(toServer({ opcode: 1, rsv }))).toEqual(['fail PW_WS_RESERVED_BITS']);
    }
  });

  test('S26 an unmasked frame from a client fails the connection', () => {
    const frame = rawFrame({ opcode: 1, payload: utf8('Hello') });
    expect(receive(frame)).toEqual(['fail PW_WS_UNMASKED_FRAME']);
  });

  test('S27 a control frame has at most 125 bytes', () => {
    expect(receive(toServer({ opcode: 9, payload: pattern(125) }))).toHaveLength(1);
    expect(receive(toServer({ opcode: 9, payload: pattern(126) }))).toEqual([
      'fail PW_WS_CONTROL_TOO_LONG',
    ]);
  });

  test('S28 invalid UTF-8 and encoded surrogates are refused, not replaced', () => {
    for (const bytes of ['ff', 'eda080', 'c080', 'e5a5']) {
      const frame = toServer({ opcode: 1, payload: hex(bytes) });
      expect(receive(frame), bytes).toEqual(['fail PW_WS_INVALID_UTF8']);
    }
  });

  test('S29 two frames in one read are two messages', () => {
    expect(receive(concat(text('one'), text('two')))).toEqual(['text one', 'text two']);
  });

  test('S30 empty message, fragment, unmasked and too short are four different things', () => {
    expect(receive(text(''))).toEqual(['text ']);
    expect(receive(text('', false))).toEqual([]);
    expect(receive(rawFrame({ opcode: 1 }))).toEqual(['fail PW_WS_UNMASKED_FRAME']);
    const short = createConnection('server');
    expect(feed(short, text('').slice(0, 5))).toEqual([]);
    expect(short.state).toBe('open');
  });
});

describe('sending', () => {
  test('S31 a 16-bit length is written in network order', () => {
    // Not with 257 · k: those are the same in either order.
    for (const length of [126, 200, 256, 1000, 65_534]) {
      const bytes = encodeFrame({ opcode: 1, payload: new Uint8Array(length) });
      expect(toHex(bytes.slice(0, 4))).toBe(`817e${length.toString(16).padStart(4, '0')}`);
    }
  });

  test('S32 every length has a frame, at 125, 126, 65535 and 65536 too', () => {
    const header = (length: number) => {
      const server = createConnection('server');
      server.sendBinary(new Uint8Array(length));
      return toHex(output(server).slice(0, -length));
    };
    expect(header(125)).toBe('827d');
    expect(header(126)).toBe('827e007e');
    expect(header(65_535)).toBe('827effff');
    expect(header(65_536)).toBe('827f0000000000010000');
  });

  test('S33 a lone surrogate is sent as U+FFFD, as documented (USVString)', () => {
    const server = createConnection('server');
    server.sendText('\ud83d');
    expect(toHex(output(server))).toBe('8103efbfbd');
  });

  test('S34 output is kept until it is taken, whole and in order', () => {
    const server = createConnection('server');
    server.underPressure = true;
    for (let count = 0; count < 100; count++) server.sendText(`message ${count}`);
    const bytes = output(server);
    const client = createConnection('client');
    expect(feed(client, bytes)).toEqual(
      Array.from({ length: 100 }, (_, count) => `text message ${count}`),
    );
  });
});

test('S42 both ends keep the rules the tutorial does not name', () => {
  const [client, server] = [createConnection('client'), createConnection('server')];
  client.sendText('x'.repeat(200));
  server.sendText('x'.repeat(200));
  const [fromClient, fromServer] = [output(client), output(server)];
  expect(toHex(fromClient.slice(0, 4)), 'masked, minimal, network order').toBe('81fe00c8');
  expect(toHex(fromServer.slice(0, 4)), 'unmasked, minimal, network order').toBe('817e00c8');
  expect(feed(client, fromClient.slice())).toEqual(['fail PW_WS_MASKED_FRAME']);
  expect(receive(fromServer.slice())).toEqual(['fail PW_WS_UNMASKED_FRAME']);
  const topBit = rawFrame({ opcode: 2, announce: 1n << 63n, mask: MASK });
  expect(receive(topBit)).toEqual(['fail PW_WS_LENGTH_TOP_BIT']);
});
