/**
 * Independent implementations of RFC 7252 as partners: the npm package coap, and libcoap's
 * command-line programs where they are installed (`apt-get install libcoap3-bin`).
 */
import { execFile, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import coap, { type IncomingMessage, type Server } from 'coap';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import {
  CoapClient,
  Code,
  OptionNumber,
  SegmentReader,
  SegmentWriter,
  stringOption,
} from '../../src/coap/index.ts';
import { pathOptions } from '../../src/coap/option.ts';
import { connectUdpSocket, type ConnectedUdpSocket } from '../../src/simulator/udp-socket.ts';
import { RawPhone } from './raw-phone.ts';
import {
  environment,
  startGateway,
  startRelay,
  type RunningGateway,
  type RunningRelay,
} from './running.ts';

const VERSION = 'pairwire.pipe.1';
const UNKNOWN_LINK = { type: 'visit', v: 1, link: 'A'.repeat(22) };

let relay: RunningRelay;
let gateway: RunningGateway;

beforeAll(async () => {
  relay = await startRelay();
  gateway = await startGateway({ relay: relay.url });
});

afterAll(async () => {
  await gateway.close();
  await relay.close();
});

/** The only segment of a request that fits into one. */
function segmentOf(packet: string): Buffer {
  const writer = new SegmentWriter();
  writer.push(packet);
  return Buffer.from(writer.current ?? []);
}

function readSegments(segments: readonly Uint8Array[]): unknown[] {
  const reader = new SegmentReader();
  return segments.flatMap((segment) => {
    const read = reader.receive(segment);
    if (!read.ok) throw new Error(read.error);
    return read.packets.map((packet) => JSON.parse(String(packet)) as unknown);
  });
}

describe('npm coap as the phone', () => {
  interface Request {
    method: 'GET' | 'POST' | 'PUT' | 'DELETE';
    pathname: string;
    payload?: Buffer;
    observe?: boolean;
    echo?: Buffer;
  }

  /** Its declarations leave the options out. */
  type Response = IncomingMessage & { options: { name: string | number; value: unknown }[] };

  // One socket for all requests: on its own the agent takes a new port for each, and an Echo is
  // good for the port that asked.
  const socket = createSocket('udp4');
  const agent = new coap.Agent({ socket });

  afterAll(() => {
    agent.close();
    socket.close();
  });

  function send({ method, pathname, payload, observe = false, echo }: Request) {
    return new Promise<Response>((resolve, reject) => {
      const { host, port } = gateway;
      const request = coap.request({ host, port, method, pathname, observe, agent });
      if (echo) request.setOption('252', echo);
      request.on('response', (response) => resolve(response as Response)).on('error', reject);
      request.end(payload);
    });
  }

  /** Repeats the request with the Echo it is asked for, as RFC 9175 wants of a client. */
  async function request(wanted: Request): Promise<Response> {
    const response = await send(wanted);
    const echo = response.options.find(({ name }) => String(name) === '252')?.value;
    if (response.code !== '4.01' || !Buffer.isBuffer(echo)) return response;
    return send({ ...wanted, echo });
  }

  test('opens a pipe, observes it, sends a segment, gets the relay’s answers, ends it', async () => {
    const created = await request({
      method: 'POST',
      pathname: '/pipe',
      payload: Buffer.from(VERSION),
    });
    expect(created.code).toBe('2.01');
    // Its `headers` keep the last of several options of one name only.
    const pathname = created.options
      .filter(({ name }) => name === 'Location-Path')
      .map(({ value }) => `/${String(value)}`)
      .join('');
    expect(pathname).toMatch(/^\/pipe\/[\w-]{22}$/);

    const observed = await request({ method: 'GET', pathname, observe: true });
    expect(observed.code).toBe('2.05');
    const segments: Buffer[] = [];
    const answers = new Promise<void>((resolve) => {
      observed.on('data', (chunk: Buffer) => {
        if (chunk.length === 0) return;
        segments.push(chunk);
        if (readSegments(segments).length === 2) resolve();
      });
    });
    const payload = segmentOf(JSON.stringify(UNKNOWN_LINK));
    expect((await request({ method: 'PUT', pathname, payload })).code).toBe('2.04');
    await answers;
    expect(readSegments(segments)).toMatchObject([
      { type: 'welcome' },
      { type: 'refused', reason: 'unknown-link' },
    ]);
    expect((await request({ method: 'DELETE', pathname })).code).toBe('2.02');
    observed.removeAllListeners('data');
    (observed as unknown as { close?(): void }).close?.();
  });

  test('reads the listing', async () => {
    const listing = await request({ method: 'GET', pathname: '/.well-known/core' });
    expect(listing.payload.toString()).toBe('</pipe>;rt="pairwire.pipe.1";ct=42');
  });

  test('gets refusals in words', async () => {
    const refused = await request({
      method: 'POST',
      pathname: '/pipe',
      payload: Buffer.from('pairwire.pipe.999'),
    });
    expect(refused.code).toBe('4.00');
    expect(refused.payload.toString()).toBe('the body must be pairwire.pipe.1');
  });
});

describe('npm coap as the server', () => {
  const socket = createSocket('udp4');
  let server: Server;
  let port: number;

  beforeAll(async () => {
    server = coap.createServer({ type: 'udp4' }, (request, response) => {
      if (request.url === '/slow') {
        setTimeout(() => response.end('slow answer'), 300);
      } else if (request.headers['Observe'] === 0) {
        response.write('first');
        setTimeout(() => response.write('second'), 50);
        setTimeout(() => response.end('third'), 100);
      } else {
        response.code = '2.04';
        response.end(`${request.method} ${request.payload.toString()}`);
      }
    });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    port = socket.address().port;
    server.listen(socket);
  });

  afterAll(() => {
    server.close();
    socket.close();
  });

  test('answers our requests, at once and later', async () => {
    const phone = await RawPhone.connect('127.0.0.1', port);
    const changed = await phone.request({ code: Code.put, path: ['thing'], payload: 'hello' });
    expect(changed.code).toBe(Code.changed);
    expect(Buffer.from(changed.payload).toString()).toBe('PUT hello');
    const slow = await phone.request({ code: Code.get, path: ['slow'] });
    expect(Buffer.from(slow.payload).toString()).toBe('slow answer');
    phone.close();
  });

  test('notifies our observation', async () => {
    const states: string[] = [];
    await new Promise<void>((resolve, reject) => {
      const client: CoapClient = new CoapClient({
        environment,
        transmit: (datagram) => connection?.send(datagram),
      });
      let connection: ConnectedUdpSocket | undefined;
      const options = {
        host: '127.0.0.1',
        port,
        receive: (datagram: Uint8Array) => client.receive(datagram),
        unreachable: () => reject(new Error('unreachable')),
      };
      connectUdpSocket(options).then((connected) => {
        connection = connected;
        client.observe(
          { code: Code.get, options: pathOptions(['thing']) },
          {
            notification: ({ payload }) => {
              states.push(Buffer.from(payload).toString());
              if (states.length < 3) return;
              client.close();
              connected.close();
              resolve();
            },
            ended: () => reject(new Error('ended')),
            failed: reject,
          },
        );
      }, reject);
    });
    expect(states).toEqual(['first', 'second', 'third']);
  });
});

/** The first of these names on the PATH; Debian has one program per TLS library. */
function findProgram(names: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(':');
  return folders
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

const coapClient = findProgram(['coap-client', 'coap-client-notls', 'coap-client-openssl']);
const coapServer = findProgram(['coap-server', 'coap-server-notls', 'coap-server-openssl']);
if (!coapClient || !coapServer) {
  console.log('skipped: libcoap is not installed here (apt-get install libcoap3-bin)');
}

describe.skipIf(!coapClient)('libcoap’s coap-client as the phone', () => {
  const run = promisify(execFile);
  const base = () => `coap://${gateway.host}:${gateway.port}`;

  /** @returns everything it printed, protocol trace included */
  async function trace(...parameters: string[]): Promise<string> {
    const { stdout, stderr } = await run(coapClient ?? '', ['-v', '7', '-B', '5', ...parameters]);
    return stdout + stderr;
  }

  test.each([[[]], [['-N']]])(
    'reads the listing after the Echo it is asked for (%j)',
    async (flags) => {
      const { stdout } = await run(coapClient ?? '', [
        ...flags,
        '-m',
        'get',
        `${base()}/.well-known/core`,
      ]);
      expect(stdout).toContain('</pipe>;rt="pairwire.pipe.1";ct=42');
    },
  );

  test('opens a pipe, sends a segment from another port, is notified of the answer, ends it', async () => {
    const created = await trace('-m', 'post', '-e', VERSION, `${base()}/pipe`);
    const id = /Location-Path:([\w-]{22})/.exec(created)?.[1] ?? '';
    expect(created).toMatch(/c:4\.01 .*Echo:/);
    expect(created).toMatch(/c:2\.01/);
    const segment = segmentOf(JSON.stringify(UNKNOWN_LINK));
    const encoded = Array.from(segment, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join(
      '',
    );
    expect(await trace('-m', 'put', '-e', encoded, `${base()}/pipe/${id}`)).toMatch(/c:2\.04/);
    const observed = await trace('-m', 'get', '-s', '1', `${base()}/pipe/${id}`);
    expect(observed).toMatch(/t:CON c:2\.05 .*Observe:\d+/);
    expect(observed).toContain('"type":"welcome"');
    expect(observed).toContain('"reason":"unknown-link"');
    expect(await trace('-m', 'delete', `${base()}/pipe/${id}`)).toMatch(/c:2\.02/);
    expect(await trace('-m', 'get', `${base()}/pipe/${id}`)).toMatch(/c:4\.04/);
  });

  test('is refused what does not exist', async () => {
    expect(await trace('-m', 'get', `${base()}/nowhere`)).toMatch(/c:4\.04/);
    expect(await trace('-m', 'put', '-e', 'x', `${base()}/pipe`)).toMatch(/c:4\.05/);
  });
});

describe.skipIf(!coapServer)('libcoap’s coap-server as the server', () => {
  test('answers our client, at once and separately', async () => {
    // It takes no port 0: one that was free a moment ago.
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    socket.close();
    const server = spawn(coapServer ?? '', ['-A', '127.0.0.1', '-p', String(port), '-d', '10']);
    try {
      const phone = await RawPhone.connect('127.0.0.1', port);
      const listing = await phone.request({ code: Code.get, path: ['.well-known', 'core'] });
      expect(Buffer.from(listing.payload).toString()).toContain('</time>');
      const created = await phone.request({ code: Code.put, path: ['note'], payload: 'hello' });
      expect(created.code).toBe(Code.created);
      const note = await phone.request({ code: Code.get, path: ['note'] });
      expect(Buffer.from(note.payload).toString()).toBe('hello');
      const inOneSecond = stringOption(OptionNumber.uriQuery, '1');
      const separate = await phone.request({
        code: Code.get,
        path: ['async'],
        options: [inOneSecond],
      });
      expect(separate.code).toBe(Code.content);
      phone.close();
    } finally {
      server.kill();
    }
  });
});
