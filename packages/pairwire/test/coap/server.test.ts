import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { Code } from '../../src/coap/code.ts';
import type { Peer } from '../../src/coap/environment.ts';
import { decodeMessage, encodeMessage, MessageType, type Message } from '../../src/coap/message.ts';
import { findOption, OptionNumber, pathOptions, type Option } from '../../src/coap/option.ts';
import { createRefusal, type CoapRequest } from '../../src/coap/request.ts';
import { CoapServer, type CoapServerLimits, type Respond } from '../../src/coap/server.ts';
import { VirtualEnvironment } from './virtual-environment.ts';

const PEER = { address: '192.0.2.1', port: 40_000 };
const nothing = new Uint8Array(0);
const utf8 = (text: string) => new TextEncoder().encode(text);

function createServer(limits: Partial<CoapServerLimits> = {}) {
  const environment = new VirtualEnvironment();
  const sent: { datagram: Uint8Array; peer: Peer }[] = [];
  const requests: { request: CoapRequest; respond: Respond }[] = [];
  const server = new CoapServer({
    environment,
    hmac: (data) => createHmac('sha256', 'key').update(data).digest(),
    transmit: (datagram, peer) => sent.push({ datagram, peer }),
    limits,
    screen: ({ path }) =>
      path[0] === 'absent' ? createRefusal(Code.notFound, 'no such resource') : undefined,
    request: (request, respond) => {
      requests.push({ request, respond });
      if (request.path[0] === 'now') respond({ code: Code.content, payload: utf8('here it is') });
    },
  });
  const last = () => decode(sent.at(-1)?.datagram);
  return { environment, server, sent, requests, last };
}

function decode(datagram: Uint8Array = nothing): Message {
  const result = decodeMessage(datagram);
  if (!result.ok) throw new Error(result.error.code);
  return result.message;
}

function createRequest(path: string, changes: Partial<Message> = {}): Message {
  return {
    type: MessageType.confirmable,
    code: Code.get,
    messageId: 1,
    token: Uint8Array.of(1, 2, 3, 4),
    options: pathOptions([path]),
    payload: utf8('a body of some length'),
    ...changes,
  };
}

/** Sends the request, and again with the Echo that is asked for. */
function validate(setup: ReturnType<typeof createServer>, peer: Peer = PEER): void {
  setup.server.receive(encodeMessage(createRequest('x', { messageId: 0xff00 })), peer);
  const echo = findOption(setup.last().options, OptionNumber.echo) ?? nothing;
  const options = [...pathOptions(['absent']), { number: OptionNumber.echo, value: echo }];
  setup.server.receive(encodeMessage(createRequest('', { messageId: 0xff01, options })), peer);
  setup.sent.length = 0;
  setup.requests.length = 0;
}

describe('a peer whose address is not validated', () => {
  test('is asked to echo, and no resource sees its request', () => {
    const { server, requests, last, sent } = createServer();
    server.receive(encodeMessage(createRequest('now')), PEER);
    expect(requests).toHaveLength(0);
    expect(last()).toMatchObject({
      type: MessageType.acknowledgement,
      code: Code.unauthorized,
      messageId: 1,
      token: Uint8Array.of(1, 2, 3, 4),
    });
    expect(findOption(last().options, OptionNumber.echo)).toHaveLength(8);
    expect(sent[0]?.peer).toEqual(PEER);
  });

  test('is served once it has echoed, and then without', () => {
    const { server, requests, last } = createServer();
    server.receive(encodeMessage(createRequest('now')), PEER);
    const echo = findOption(last().options, OptionNumber.echo) ?? nothing;
    const options = [...pathOptions(['now']), { number: OptionNumber.echo, value: echo }];
    server.receive(encodeMessage(createRequest('', { messageId: 2, options })), PEER);
    expect(last().code).toBe(Code.content);
    server.receive(encodeMessage(createRequest('now', { messageId: 3 })), PEER);
    expect(last().code).toBe(Code.content);
    expect(requests).toHaveLength(2);
  });

  test("is not served with another one's echo", () => {
    const { server, requests, last } = createServer();
    server.receive(encodeMessage(createRequest('now')), PEER);
    const echo = findOption(last().options, OptionNumber.echo) ?? nothing;
    const options = [...pathOptions(['now']), { number: OptionNumber.echo, value: echo }];
    const other = { ...PEER, port: 40_001 };
    server.receive(encodeMessage(createRequest('', { messageId: 2, options })), other);
    expect(requests).toHaveLength(0);
    expect(last().code).toBe(Code.unauthorized);
  });

  test('leaves nothing in memory', () => {
    const { server, environment } = createServer();
    for (let port = 1; port < 1000; port += 1) {
      server.receive(encodeMessage(createRequest('now')), { ...PEER, port });
      server.receive(encodeMessage(createRequest('absent')), { ...PEER, port });
    }
    expect(server.size).toBe(0);
    expect(environment.pendingTimers).toBe(0);
  });

  test('is told of a wrong path at once, the diagnostic only if there is room', () => {
    const { server, last } = createServer();
    server.receive(encodeMessage(createRequest('absent')), PEER);
    expect(last().code).toBe(Code.notFound);
    expect(Buffer.from(last().payload).toString()).toBe('no such resource');
    server.receive(encodeMessage(createRequest('absent', { payload: nothing })), PEER);
    expect(last()).toMatchObject({ code: Code.notFound, payload: nothing });
  });

  test('is answered non-confirmably when it asked so', () => {
    const { server, last } = createServer();
    const type = MessageType.nonConfirmable;
    server.receive(encodeMessage(createRequest('absent', { type })), PEER);
    expect(last()).toMatchObject({ type, code: Code.notFound });
  });

  test('has to ask again after the validation has expired', () => {
    const setup = createServer({ lifetimeMs: 1000 });
    validate(setup);
    setup.environment.advance(1001);
    setup.server.receive(encodeMessage(createRequest('now')), PEER);
    expect(setup.last().code).toBe(Code.unauthorized);
  });

  test('shares a limited number of replies per second with all others', () => {
    const { server, sent, environment } = createServer({ unvalidatedRepliesPerSecond: 10 });
    for (let port = 1; port < 100; port += 1) {
      server.receive(encodeMessage(createRequest('now')), { ...PEER, port });
    }
    expect(sent).toHaveLength(10);
    expect(server.counters.dropped).toBe(89);
    environment.advance(1000);
    server.receive(encodeMessage(createRequest('now')), PEER);
    expect(sent).toHaveLength(11);
  });
});

test('before validation no datagram is answered with more bytes than it has', () => {
  const arbitraryRequest = fc
    .record({
      type: fc.constantFrom(MessageType.confirmable, MessageType.nonConfirmable),
      code: fc.integer({ min: 1, max: 31 }),
      messageId: fc.nat(0xffff),
      token: fc.uint8Array({ maxLength: 8 }),
      options: fc.array(
        fc.record({
          number: fc.oneof(
            fc.constantFrom(...Object.values(OptionNumber)),
            fc.integer({ min: 0, max: 2000 }),
          ),
          value: fc.uint8Array({ maxLength: 12 }),
        }),
        { maxLength: 4 },
      ),
      payload: fc.uint8Array({ maxLength: 20 }),
    })
    .map(encodeMessage);
  const anything = fc.oneof(arbitraryRequest, fc.uint8Array({ maxLength: 40 }));
  const { server, sent } = createServer({ unvalidatedRepliesPerSecond: 1e9 });
  fc.assert(
    fc.property(anything, (datagram) => {
      sent.length = 0;
      server.receive(datagram, PEER);
      expect(sent.reduce((sum, reply) => sum + reply.datagram.length, 0)).toBeLessThanOrEqual(
        datagram.length,
      );
    }),
    { numRuns: 5000 },
  );
});

test('the shortest requests of all are answered with as little', () => {
  const { server, sent } = createServer();
  for (const tokenLength of [0, 1, 8]) {
    const token = new Uint8Array(tokenLength);
    const request = createRequest('', { token, options: [], payload: nothing });
    sent.length = 0;
    server.receive(encodeMessage(request), PEER);
    expect(sent).toHaveLength(1);
    expect(sent[0]?.datagram).toHaveLength(4 + tokenLength);
  }
});

describe('a validated peer', () => {
  test('gets a response that is ready at once in the acknowledgement (§5.2.1)', () => {
    const setup = createServer();
    validate(setup);
    setup.server.receive(encodeMessage(createRequest('now')), PEER);
    expect(setup.last()).toMatchObject({
      type: MessageType.acknowledgement,
      messageId: 1,
      code: Code.content,
    });
  });

  test('gets a late response separately, after an Empty acknowledgement (§5.2.2)', () => {
    const setup = createServer();
    validate(setup);
    setup.server.receive(encodeMessage(createRequest('later')), PEER);
    setup.environment.advance(50);
    expect(setup.last()).toMatchObject({ code: Code.empty, messageId: 1 });
    setup.requests[0]?.respond({ code: Code.changed });
    expect(setup.last()).toMatchObject({
      type: MessageType.confirmable,
      code: Code.changed,
      token: Uint8Array.of(1, 2, 3, 4),
    });
    setup.requests[0]?.respond({ code: Code.changed });
    expect(setup.sent).toHaveLength(2);
  });

  test('is answered non-confirmably when it asked so', () => {
    const setup = createServer();
    validate(setup);
    const type = MessageType.nonConfirmable;
    setup.server.receive(encodeMessage(createRequest('now', { type })), PEER);
    expect(setup.last()).toMatchObject({ type, code: Code.content });
    expect(setup.sent).toHaveLength(1);
  });

  test.each<[string, Option[], number]>([
    ['a critical option nobody knows (§5.4.1)', [{ number: 9, value: nothing }], Code.badOption],
    ['block-wise transfer', [{ number: 27, value: Uint8Array.of(0) }], Code.badOption],
    [
      'Accept twice (§5.4.5)',
      [17, 17].map((number) => ({ number, value: nothing })),
      Code.badOption,
    ],
    [
      'a proxy (§5.7.2)',
      [{ number: OptionNumber.proxyUri, value: utf8('coap://x') }],
      Code.proxyingNotSupported,
    ],
    [
      'a path that is not UTF-8',
      [{ number: OptionNumber.uriPath, value: Uint8Array.of(255) }],
      Code.badRequest,
    ],
  ])('that asks for %s is refused', (_name, options, code) => {
    const setup = createServer();
    validate(setup);
    setup.server.receive(encodeMessage(createRequest('', { options })), PEER);
    expect(setup.last().code).toBe(code);
    expect(setup.requests).toHaveLength(0);
  });

  test('may use elective options nobody knows', () => {
    const setup = createServer();
    validate(setup);
    const options = [...pathOptions(['now']), { number: 2048, value: nothing }];
    setup.server.receive(encodeMessage(createRequest('', { options })), PEER);
    expect(setup.last().code).toBe(Code.content);
  });

  test('is dropped when it asks too often', () => {
    const setup = createServer({ requestBurst: 5, requestsPerSecond: 1 });
    validate(setup);
    for (let messageId = 0; messageId < 10; messageId += 1) {
      setup.server.receive(encodeMessage(createRequest('now', { messageId })), PEER);
    }
    expect(setup.sent.length).toBeLessThanOrEqual(5);
    expect(setup.server.counters.dropped).toBeGreaterThanOrEqual(5);
  });

  test('is refused a datagram of more than 1200 bytes with 4.13', () => {
    const setup = createServer();
    validate(setup);
    const payload = new Uint8Array(1200);
    setup.server.receive(encodeMessage(createRequest('now', { payload })), PEER);
    expect(setup.last().code).toBe(Code.requestEntityTooLarge);
  });
});

describe('nonsense', () => {
  test.each([
    [
      'a confirmable message with a broken option',
      [0x40, 0x01, 0x12, 0x34, 0xf0],
      [0x70, 0, 0x12, 0x34],
    ],
    ['a ping', [0x40, 0x00, 0x12, 0x34], [0x70, 0, 0x12, 0x34]],
    ['a confirmable response to nothing', [0x40, 0x45, 0x12, 0x34], [0x70, 0, 0x12, 0x34]],
  ])('%s is answered with Reset', (_name, datagram, reply) => {
    const { server, sent } = createServer();
    server.receive(Uint8Array.from(datagram), PEER);
    expect([...(sent[0]?.datagram ?? [])]).toEqual(reply);
  });

  test.each([
    ['an acknowledgement of nothing', [0x60, 0x00, 0x12, 0x34]],
    ['a Reset of nothing', [0x70, 0x00, 0x12, 0x34]],
    ['a non-confirmable response', [0x50, 0x45, 0x12, 0x34]],
    ['another version', [0xc0, 0x01, 0x12, 0x34]],
    ['nothing at all', []],
  ])('%s is answered with silence', (_name, datagram) => {
    const { server, sent } = createServer();
    server.receive(Uint8Array.from(datagram), PEER);
    expect(sent).toHaveLength(0);
  });

  test('of 10 000 kinds leaves nothing in memory', () => {
    const environment = new VirtualEnvironment(7);
    const { server, environment: clock } = createServer();
    for (let port = 0; port < 10_000; port += 1) {
      server.receive(environment.randomBytes(Math.floor(environment.random() * 60)), {
        ...PEER,
        port,
      });
    }
    expect(server.size).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });
});

test('closing leaves no timer', () => {
  const setup = createServer();
  validate(setup);
  setup.server.receive(encodeMessage(createRequest('later')), PEER);
  setup.server.notify({ peer: PEER, token: nothing }, { code: Code.content }, () => {});
  setup.server.close();
  expect(setup.environment.pendingTimers).toBe(0);
});
