// `pairwire doctor` against servers that answer byte by byte, and against real ones.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, get } from 'node:http';
import { createServer as createHttp2Server, createSecureServer } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

import { WebSocketServer } from '@pairwire/websocket';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocketServer as WsServer } from 'ws';

import {
  OTHER_ANSWERS,
  TUTORIAL_ANSWERS,
} from '../../../websocket/test/vectors/handshake-answers.ts';
import { examineEndpoint } from '../../src/cli/doctor/checkup.ts';
import { formatCheckup, formatCheckupAsJson } from '../../src/cli/doctor/report.ts';
import { killAll, start } from './child-program.ts';

const FIXTURES = new URL('../../../websocket/test/node/fixtures/', import.meta.url);
const tls = {
  cert: readFileSync(new URL('localhost.crt', FIXTURES)),
  key: readFileSync(new URL('localhost.key', FIXTURES)),
};

afterEach(killAll);

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => {})));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Answers every request with what `write` makes of the right accept value. */
function answering(write: (accept: string) => string): Promise<number> {
  const server = createServer((socket) => {
    let request = '';
    socket.on('data', (chunk) => {
      request += chunk.toString('latin1');
      if (!request.includes('\r\n\r\n')) return;
      const key = /^sec-websocket-key: *(.*)\r$/im.exec(request)?.[1] ?? '';
      request = '';
      const accept = createHash('sha1')
        .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
        .digest('base64');
      socket.write(write(accept), 'latin1');
    });
  });
  return listen(server);
}

/** Passes requests on without what concerns one hop only (RFC 9110 §7.6.1), and answers likewise. */
function strippingProxy(port: number): Promise<number> {
  const proxy = createHttpServer((request, response) => {
    const { upgrade: _, connection: _hop, ...headers } = request.headers;
    get({ port, host: '127.0.0.1', path: request.url, headers, agent: false }, (answer) => {
      const { upgrade: _own, connection: _ownHop, ...fields } = answer.headers;
      response.writeHead(answer.statusCode ?? 502, fields);
      answer.pipe(response);
    });
  });
  return listen(proxy);
}

interface Options {
  protocols?: readonly string[];
  timeoutMs?: number;
}

function checkup(url: string, { protocols = [], timeoutMs = 10_000 }: Options = {}) {
  return examineEndpoint({ url: new URL(url), protocols, timeoutMs });
}

async function codes(url: string, options?: Options): Promise<Record<string, string[]>> {
  const { probes } = await checkup(url, options);
  return Object.fromEntries(
    probes.map(({ name, findings }) => [name, findings.map(({ code }) => code)]),
  );
}

describe('the doctor, asked for an endpoint', () => {
  test.each([...TUTORIAL_ANSWERS, ...OTHER_ANSWERS])(
    'names the mistake of $name: $findings',
    async ({ protocols, write, findings, opens }) => {
      const port = await answering(write);
      // Such an answer never ends, and neither does its connection.
      const hangs = ['missing-blank-line', 'not-http'].includes(findings[0] ?? '');
      const result = await checkup(`ws://127.0.0.1:${port}/`, {
        protocols,
        timeoutMs: hangs ? 1_000 : 10_000,
      });
      const [handshake] = result.probes;
      expect(handshake?.name).toBe('handshake');
      expect(handshake?.findings.map(({ code }) => code)).toEqual(findings);
      expect(result.opens).toBe(opens);
    },
  );

  test('finds our own server healthy', async () => {
    const server = new WebSocketServer();
    onTestFinished(() => server.close());
    const { port } = await server.listen(0);
    const result = await checkup(`ws://127.0.0.1:${port}/`);
    expect(result).toMatchObject({ opens: true, healthy: true });
    expect(result.probes.map(({ name }) => name)).toEqual([
      'handshake',
      'subprotocol',
      'compression',
      'version',
      'origin',
    ]);
  });

  test('finds that a ws server lets every page in', async () => {
    const server = new WsServer({ port: 0, host: '127.0.0.1', perMessageDeflate: true });
    onTestFinished(() => {
      for (const client of server.clients) client.terminate();
      server.close();
    });
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await codes(`ws://127.0.0.1:${port}/`)).toMatchObject({
      handshake: [],
      subprotocol: [],
      compression: [],
      origin: ['origin-unchecked'],
    });
  });

  test('finds a server that takes any version (RFC 6455 §4.4)', async () => {
    const [good] = TUTORIAL_ANSWERS;
    const port = await answering((accept) => good?.write(accept) ?? '');
    expect(await codes(`ws://127.0.0.1:${port}/`)).toMatchObject({
      version: ['version-unchecked'],
      origin: ['origin-unchecked'],
    });
  });

  test('recognizes TLS behind a port that does not answer in plain', async () => {
    const port = await listen(createTlsServer(tls));
    expect(await codes(`ws://127.0.0.1:${port}/`)).toEqual({ handshake: ['tls-port'] });
  });

  test('recognizes a port without TLS, and a certificate that nobody signed', async () => {
    const plain = await listen(createHttpServer());
    expect(await codes(`wss://127.0.0.1:${plain}/`)).toEqual({ handshake: ['plain-port'] });
    const secure = await listen(createHttpsServer(tls));
    expect(await codes(`wss://127.0.0.1:${secure}/`)).toEqual({
      handshake: ['certificate-untrusted'],
    });
  });

  test('recognizes servers that speak HTTP/2 only, without and with RFC 8441', async () => {
    const bare = await listen(createHttp2Server());
    expect(await codes(`ws://127.0.0.1:${bare}/`)).toEqual({
      handshake: ['http2-only'],
      http2: ['http2-without-websocket'],
    });
    const ready = await listen(createHttp2Server({ settings: { enableConnectProtocol: true } }));
    expect(await codes(`ws://127.0.0.1:${ready}/`)).toEqual({
      handshake: ['http2-only'],
      http2: ['http2-ready'],
    });
    const secure = await listen(createSecureServer(tls));
    expect(await codes(`wss://127.0.0.1:${secure}/`)).toEqual({ handshake: ['http2-only'] });
  });

  test('recognizes proxies that strip Upgrade, before a WebSocket server and before pages', async () => {
    const server = new WebSocketServer();
    onTestFinished(() => server.close());
    const { port: own } = await server.listen(0);
    const pages = await listen(createHttpServer((_, response) => response.end('a page')));
    expect(await codes(`ws://127.0.0.1:${await strippingProxy(own)}/`)).toEqual({
      handshake: ['upgrade-required'],
    });
    expect(await codes(`ws://127.0.0.1:${await strippingProxy(pages)}/`)).toEqual({
      handshake: ['page-instead-of-upgrade'],
    });
  });

  test('recognizes a port where nobody listens', async () => {
    const server = createServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    expect(await codes(`ws://127.0.0.1:${port}/`)).toEqual({ handshake: ['connection-refused'] });
  });

  test('recognizes a server that takes the connection and is silent', async () => {
    const port = await listen(createServer());
    expect(await codes(`ws://127.0.0.1:${port}/`, { timeoutMs: 200 })).toEqual({
      handshake: ['no-answer'],
    });
  });
});

describe('the report', () => {
  test('says everything in words, in both languages', async () => {
    const [, twoLines] = TUTORIAL_ANSWERS;
    const port = await answering((accept) => twoLines?.write(accept) ?? '');
    const result = await checkup(`ws://127.0.0.1:${port}/chat`, { timeoutMs: 300 });
    expect(formatCheckup(result, 'en')).toBe(
      [
        `ws://127.0.0.1:${port}/chat`,
        '',
        '✗ opening handshake: answered 101',
        '    error: missing-blank-line (RFC 9112 §2.1)',
        '      The headers do not end: the empty line behind the last one is missing, so the client waits for more headers while the server waits for frames.',
        '      expected  \\r\\n\\r\\n',
        '      → End the last header with CR LF and send one more CR LF.',
        '    error: protocol-unrequested (RFC 6455 §4.1)',
        '      The server names a subprotocol, and the client asked for none; the path of the URL is no subprotocol.',
        '      found     Sec-WebSocket-Protocol: chat',
        "      → Send Sec-WebSocket-Protocol only when the request carries it, or let the client ask: new WebSocket(url, 'name').",
        '',
        'No connection comes of this.',
        '',
      ].join('\n'),
    );
    const chinese = formatCheckup(result, 'zh');
    expect(chinese).toContain('✗ 打开握手：回应 101\n    错误：missing-blank-line');
    expect(chinese).toContain('连接无法打开。\n');
    expect(JSON.parse(formatCheckupAsJson(result, 'zh'))).toMatchObject({
      opens: false,
      healthy: false,
      probes: [{ name: 'handshake', status: 101, findings: [{ code: 'missing-blank-line' }, {}] }],
    });
  });
});

describe('pairwire doctor', () => {
  async function run(...args: string[]) {
    const program = start(['doctor', ...args]);
    program.endInput();
    const { code } = await program.ended;
    return { code, stdout: program.stdout, stderr: program.stderr };
  }

  test('exits with 0 when all is well', async () => {
    const server = new WebSocketServer();
    onTestFinished(() => server.close());
    const { port } = await server.listen(0);
    const { code, stdout } = await run(`http://127.0.0.1:${port}/`);
    expect(stdout).toMatch(/^ws:\/\/127[^]*\nHealthy: the connection opens\.\n$/);
    expect(code).toBe(0);
  });

  test('exits with 1 on findings, and shows no secret of an address', async () => {
    const moved = 'HTTP/1.1 301 Moved\r\nLocation: wss://a:hunter2@b.example/?hunter2\r\n\r\n';
    const port = await answering(() => moved);
    const url = `ws://user:hunter2@127.0.0.1:${port}/chat?token=hunter2`;
    const { code, stdout } = await run(url, '--lang', 'zh');
    expect(stdout).toContain(`ws://***@127.0.0.1:${port}/chat?***\n`);
    expect(stdout).toContain('redirect');
    const json = await run(url, '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ healthy: false });
    expect(stdout + json.stdout + json.stderr).not.toContain('hunter2');
    expect([code, json.code]).toEqual([1, 1]);
  });

  test('exits with 2 when the address is none, and does not repeat it', async () => {
    for (const url of ['hunter2', 'ftp://hunter2', 'ws://x/#hunter2', 'ws://hunter2%zz@x/']) {
      const { code, stdout, stderr } = await run(url);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^pairwire: doctor: expected an address such as /);
      expect(stderr).not.toContain('hunter2');
    }
  });
});
