import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { findFreePort } from '../../../../test/free-port.ts';
import { Code, OptionNumber, uintOption } from '../../src/coap/index.ts';
import { createEmptyMessage, encodeMessage, MessageType } from '../../src/coap/message.ts';
import { findStrings, findUint, pathOptions, type Option } from '../../src/coap/option.ts';
import { Gateway } from '../../src/gateway/index.ts';
import { createCoapPipe } from '../../src/simulator/coap-pipe.ts';
import { createRandom } from '../coap/virtual-environment.ts';
import { RawPhone, type RawRequest } from './raw-phone.ts';
import {
  environment,
  startGateway,
  startRelay,
  type RunningGateway,
  type RunningRelay,
} from './running.ts';
import { PipeLog } from './virtual-gateway.ts';

const VERSION = 'pairwire.pipe.1';
const text = ({ payload }: { payload: Uint8Array }) => Buffer.from(payload).toString();

let relay: RunningRelay;
let gateway: RunningGateway;
let phone: RawPhone;

beforeEach(async () => {
  relay = await startRelay();
  gateway = await startGateway({ relay: relay.url });
  phone = await RawPhone.connect(gateway.host, gateway.port);
});

afterEach(async () => {
  phone.close();
  await gateway.close();
  await relay.close();
});

async function openPipe(): Promise<string[]> {
  const response = await phone.request({ code: Code.post, path: ['pipe'], payload: VERSION });
  expect(response.code).toBe(Code.created);
  return findStrings(response.options, OptionNumber.locationPath) ?? [];
}

describe('the gateway answers', () => {
  test('POST /pipe with the address of a new pipe: 128 random bits', async () => {
    const [first, firstId = ''] = await openPipe();
    const [, secondId = ''] = await openPipe();
    expect(first).toBe('pipe');
    expect(firstId).toMatch(/^[\w-]{22}$/);
    expect(secondId).not.toBe(firstId);
    expect(gateway.gateway.size).toBe(2);
  });

  test('GET /.well-known/core with what there is (RFC 6690)', async () => {
    const response = await phone.request({ code: Code.get, path: ['.well-known', 'core'] });
    expect(response.code).toBe(Code.content);
    expect(findUint(response.options, OptionNumber.contentFormat)).toBe(40);
    expect(text(response)).toBe('</pipe>;rt="pairwire.pipe.1";ct=42');
  });

  test.each<[string, RawRequest, number]>([
    ['an unknown path', { code: Code.get, path: ['nothing-here'] }, Code.notFound],
    ['the root', { code: Code.get, path: [] }, Code.notFound],
    ['a path too deep', { code: Code.get, path: ['pipe', 'x', 'y'] }, Code.notFound],
    ['an unknown pipe', { code: Code.put, path: ['pipe', 'A'.repeat(22)] }, Code.notFound],
    ['GET /pipe', { code: Code.get, path: ['pipe'] }, Code.methodNotAllowed],
    [
      'POST of the listing',
      { code: Code.post, path: ['.well-known', 'core'] },
      Code.methodNotAllowed,
    ],
    ['a method of the future', { code: 0x1f, path: ['pipe'] }, Code.methodNotAllowed],
    ['no version', { code: Code.post, path: ['pipe'] }, Code.badRequest],
    [
      'another version',
      { code: Code.post, path: ['pipe'], payload: 'pairwire.pipe.2' },
      Code.badRequest,
    ],
    [
      'an odd content format',
      {
        code: Code.post,
        path: ['pipe'],
        options: [uintOption(OptionNumber.contentFormat, 50)],
        payload: VERSION,
      },
      Code.unsupportedContentFormat,
    ],
    [
      'an odd Accept',
      {
        code: Code.get,
        path: ['.well-known', 'core'],
        options: [uintOption(OptionNumber.accept, 50)],
      },
      Code.notAcceptable,
    ],
    [
      'a large datagram',
      { code: Code.post, path: ['pipe'], payload: 'x'.repeat(1250) },
      Code.requestEntityTooLarge,
    ],
  ])('%s with a clear refusal', async (_name, request, code) => {
    expect((await phone.request(request)).code).toBe(code);
    expect(gateway.gateway.size).toBe(0);
  });

  test.each<[string, Uint8Array, number, string]>([
    ['too short', Uint8Array.of(0, 0), Code.badRequest, 'a segment begins with its number'],
    ['from the future', Uint8Array.of(0, 0, 0, 9), Code.badRequest, 'the segment is wrong: gap'],
    [
      'of a packet that is too large',
      Uint8Array.of(0, 0, 0, 0, 2, 1, 0, 0, 0),
      Code.requestEntityTooLarge,
      'the packet is too large',
    ],
  ])('a segment %s with a clear refusal', async (_name, payload, code, diagnostic) => {
    const path = await openPipe();
    const response = await phone.request({ code: Code.put, path, payload });
    expect(response.code).toBe(code);
    expect(text(response)).toBe(diagnostic);
  });

  test('DELETE with 2.02, and asks afterwards with 4.04 and the reason', async () => {
    const path = await openPipe();
    const query: Option = {
      number: OptionNumber.uriQuery,
      value: Buffer.from('close=4444 enough'),
    };
    const deleted = await phone.request({ code: Code.delete, path, options: [query] });
    expect(deleted.code).toBe(Code.deleted);
    const gone = await phone.request({ code: Code.put, path, payload: Uint8Array.of(0, 0, 0, 0) });
    expect(gone.code).toBe(Code.notFound);
    expect(text(gone)).toBe('4444 enough');
  });

  test('a plain GET of a pipe with an empty 2.05', async () => {
    const response = await phone.request({ code: Code.get, path: await openPipe() });
    expect(response).toMatchObject({ code: Code.content, payload: new Uint8Array(0) });
  });
});

describe('limits', () => {
  async function restart(limits: object): Promise<void> {
    await gateway.close();
    gateway = await startGateway({ relay: relay.url, limits });
    phone.close();
    phone = await RawPhone.connect(gateway.host, gateway.port);
  }
  const open = () => phone.request({ code: Code.post, path: ['pipe'], payload: VERSION });

  test('more than 20 pipes a minute from one address: 4.29 and when to come back', async () => {
    await restart({ maxPipesPerAddress: 100 });
    for (let count = 0; count < 20; count += 1) expect((await open()).code).toBe(Code.created);
    const response = await open();
    expect(response.code).toBe(Code.tooManyRequests);
    const waitSeconds = findUint(response.options, OptionNumber.maxAge) ?? 0;
    expect(waitSeconds).toBeGreaterThanOrEqual(1);
    expect(waitSeconds).toBeLessThanOrEqual(3);
    expect(gateway.gateway.counters.refused).toBe(1);
  });

  test('more pipes than one address may have: 4.29', async () => {
    await restart({ maxPipesPerAddress: 2 });
    await open();
    await open();
    expect((await open()).code).toBe(Code.tooManyRequests);
  });

  test('more pipes than there may be: 5.03; one that ends makes room', async () => {
    await restart({ maxPipes: 1 });
    const path = await openPipe();
    expect((await open()).code).toBe(Code.serviceUnavailable);
    await phone.request({ code: Code.delete, path });
    expect((await open()).code).toBe(Code.created);
  });

  test('no relay: 5.02 in words', async () => {
    await gateway.close();
    gateway = await startGateway({ relay: `http://127.0.0.1:${await findFreePort()}` });
    phone.close();
    phone = await RawPhone.connect(gateway.host, gateway.port);
    const response = await open();
    expect(response.code).toBe(Code.badGateway);
    expect(text(response)).toBe('the relay does not answer');
    expect(gateway.gateway.size).toBe(0);
  });
});

describe('under attack', () => {
  let socket: Socket;
  let repliedBytes: number;

  beforeEach(async () => {
    repliedBytes = 0;
    socket = createSocket('udp4');
    socket.on('message', (reply) => {
      repliedBytes += reply.length;
    });
    socket.connect(gateway.port, gateway.host);
    await once(socket, 'connect');
  });

  afterEach(() => {
    socket.close();
  });

  const send = (datagram: Uint8Array) =>
    new Promise<void>((resolve) => socket.send(datagram, () => resolve()));

  /** Waits until the gateway has worked through what was sent before. */
  async function answered(): Promise<void> {
    const ping = createEmptyMessage(MessageType.confirmable, 0xfffe);
    const pong = Buffer.from(encodeMessage(createEmptyMessage(MessageType.reset, 0xfffe)));
    for (;;) {
      await send(encodeMessage(ping));
      const [reply] = (await once(socket, 'message')) as [Buffer];
      if (reply.equals(pong)) return;
    }
  }

  test('by 10 000 nonsense datagrams it stays up, remembers nothing, and answers fewer bytes than came', async () => {
    const random = createRandom(42);
    let sentBytes = 0;
    const heapBefore = process.memoryUsage().heapUsed;
    for (let count = 0; count < 10_000; count += 1) {
      const datagram = Uint8Array.from({ length: Math.floor(random() * 80) }, () => random() * 256);
      // Half of them look like CoAP at first sight.
      if (count % 2 === 0 && datagram.length > 1) {
        datagram[0] = 0x40 | Math.floor(random() * 64);
        datagram[1] = Math.floor(random() * 8);
      }
      sentBytes += datagram.length;
      await send(datagram);
    }
    expect(repliedBytes).toBeLessThanOrEqual(sentBytes);
    await answered();
    expect(gateway.gateway.size).toBe(0);
    expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(50 * 2 ** 20);
    expect((await phone.request({ code: Code.post, path: ['pipe'], payload: VERSION })).code).toBe(
      Code.created,
    );
  });

  test('by short requests it amplifies nothing', async () => {
    const paths = [[], ['p'], ['pipe'], ['pipe', 'A'.repeat(22)], ['.well-known', 'core']];
    for (const path of paths) {
      for (const payload of ['', VERSION]) {
        for (const code of [Code.get, Code.post, Code.put, Code.delete]) {
          const request = encodeMessage({
            type: MessageType.confirmable,
            code,
            messageId: 1,
            token: new Uint8Array(0),
            options: pathOptions(path),
            payload: Buffer.from(payload),
          });
          repliedBytes = 0;
          await send(request);
          await once(socket, 'message');
          expect(repliedBytes).toBeLessThanOrEqual(request.length);
        }
      }
    }
  });
});

describe('a phone’s pipe over real UDP', () => {
  /** Resolves when the log satisfies the condition; the log calls back on everything it hears. */
  function listen(log: PipeLog) {
    let wake = () => {};
    const events = ['open', 'packet', 'drain', 'close'] as const;
    for (const event of events) {
      const original = log[event].bind(log) as (argument?: unknown) => void;
      Object.assign(log, {
        [event]: (argument: unknown) => {
          original(argument);
          wake();
        },
      });
    }
    return async (condition: () => boolean) => {
      while (!condition()) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    };
  }

  test('opens, hears the relay’s welcome, and ends with the relay', async () => {
    const log = new PipeLog();
    const until = listen(log);
    createCoapPipe({ host: gateway.host, port: gateway.port })(log);
    await until(() => log.packets.length > 0);
    expect(JSON.parse(String(log.packets[0]))).toMatchObject({ type: 'welcome', v: 1 });
    await relay.relay.close();
    await until(() => log.closedWith !== undefined);
    expect(log.closedWith?.code).toBe(4000);
  });

  test('hears when the gateway ends in good order', async () => {
    const log = new PipeLog();
    const until = listen(log);
    createCoapPipe({ host: gateway.host, port: gateway.port })(log);
    await until(() => log.opened === 1);
    await gateway.close();
    await until(() => log.closedWith !== undefined);
    expect(log.closedWith?.code).toBe(1012);
  });

  test('hears at once that nothing listens on the port', async () => {
    const log = new PipeLog();
    const until = listen(log);
    createCoapPipe({ host: '127.0.0.1', port: await findFreePort() })(log);
    await until(() => log.closedWith !== undefined);
    expect(log.closedWith).toEqual({ code: 1006, reason: 'no phone server answers' });
  });
});

describe('options', () => {
  test.each<[string, { relay: string; limits?: object }]>([
    ['no address', { relay: 'nowhere' }],
    ['another scheme', { relay: 'ftp://x' }],
    ['an unknown limit', { relay: 'http://x', limits: { maxPipe: 1 } }],
    ['a limit of nothing', { relay: 'http://x', limits: { maxPipes: 0 } }],
  ])('%s is refused', (_name, options) => {
    expect(() => new Gateway({ environment, ...options })).toThrow(/relay|limits/);
  });

  test('a port in use is refused', async () => {
    const second = new Gateway({ environment, relay: relay.url, port: gateway.port });
    await expect(second.listen()).rejects.toThrow(/EADDRINUSE/);
  });
});
