// `up`, `relay` and `gateway` as a person starts them: the built program, real ports, real signals.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { request as httpsRequest } from 'node:https';
import { connect, createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

import { WebSocket, type CloseEvent, type MessageEvent } from '@pairwire/websocket';
import { afterEach, describe, expect, test } from 'vitest';

import { killAll, start, type ChildProgram } from './child-program.ts';
import { get, upgradeHead } from './http-client.ts';

const LOOPBACK = ['--host', '127.0.0.1', '--port', '0'];
const CERTIFICATE = ['crt', 'key'].map((ending) =>
  fileURLToPath(
    new URL(`../../../websocket/test/node/fixtures/localhost.${ending}`, import.meta.url),
  ),
);

afterEach(killAll);

async function portOf(program: ChildProgram): Promise<number> {
  const [, port] = await program.output(/^ready https?:\/\/[^\s:]+:(\d+)\n/m);
  return Number(port);
}

async function startUp(...args: string[]): Promise<{ program: ChildProgram; port: number }> {
  const program = start(['up', ...LOOPBACK, '--udp-port', '0', ...args]);
  return { program, port: await portOf(program) };
}

async function configOf(port: number): Promise<Record<string, unknown>> {
  const { body } = await get(port, '/config.json');
  return JSON.parse(body.toString()) as Record<string, unknown>;
}

function openChannel(port: number): WebSocket {
  return new WebSocket(`ws://127.0.0.1:${port}/channel/websocket`, 'pairwire.channel.1');
}

describe('pairwire up', () => {
  test('takes any free ports, says where everything is, and ends with the ready line', async () => {
    const program = start(['--port', '0', '--udp-port', '0']);
    const port = await portOf(program);
    const lines = program.stdout.split('\n');
    expect(program.stdout).toMatch(/^Pairwire \d+\.\d+\.\d+\n/);
    expect(program.stdout).toContain(`  This computer   http://127.0.0.1:${port} `);
    expect(program.stdout).toMatch(/^ {2}Phone gateway {3}coap:\/\/\S+:[1-9]\d*$/m);
    expect(program.stdout).toMatch(/^ {2}Off {13}camera, clipboard and wake lock/m);
    expect(lines.slice(-2)).toEqual([`ready http://127.0.0.1:${port}`, '']);
    expect(program.stderr).toBe('');
    const phones = Array.from(
      program.stdout.matchAll(/^ {2}(?:Phones| {6}) {10}(http:\/\/\S+)/gm),
      ([, url]) => url,
    );
    const { addresses } = await configOf(port);
    expect((addresses as { url: string }[]).map(({ url }) => url)).toEqual(phones);
    expect(phones.join()).not.toMatch(/127\.|localhost|\[::1\]/);
  });

  test('tells the pages what they were told to be told', async () => {
    const publicUrl = 'https://pair.example.org';
    const { port } = await startUp(
      '--label',
      '书房 💻',
      '--confirm',
      'type',
      '--public-url',
      publicUrl,
    );
    expect(await configOf(port)).toEqual({
      addresses: [],
      publicUrl,
      label: '书房 💻',
      confirm: 'type',
      gateway: expect.stringMatching(/^coap:\/\/pair\.example\.org:\d+$/),
      lab: true,
      off: [],
    });
  });

  test('reports in Chinese where the system speaks Chinese; the ready line and the pages’ codes stay', async () => {
    const program = start(['up', ...LOOPBACK, '--udp-port', '0'], { LC_ALL: 'zh_CN.UTF-8' });
    const port = await portOf(program);
    expect(program.stdout).toMatch(/^ {2}本机 {12}http:\/\/127\.0\.0\.1:\d+ {3}请打开/m);
    expect(program.stdout).toMatch(/^ {2}未启用 {10}手机：只有本机能访问 127\.0\.0\.1/m);
    expect(program.stdout.split('\n').slice(-2)).toEqual([`ready http://127.0.0.1:${port}`, '']);
    expect((await configOf(port))['off']).toEqual([
      {
        code: 'phones-loopback-only',
        what: 'phones',
        why: 'only this computer reaches 127.0.0.1; give --host or --public-url',
      },
      {
        code: 'phone-features-need-https',
        what: 'camera, clipboard and wake lock on phones',
        why: 'browsers allow them over https only; give --cert and --key',
      },
    ]);
  });

  test('on loopback, says that no phone can reach it', async () => {
    const { program } = await startUp();
    expect(program.stdout).toMatch(/^ {2}Off {13}phones: only this computer reaches 127\.0\.0\.1/m);
  });

  test('serves the relay’s paths and the two endpoints, to its own names alone', async () => {
    const { port } = await startUp('--public-url', 'http://pair.test');
    for (const path of ['/healthz', '/readyz', '/metrics']) {
      expect(await get(port, path)).toMatchObject({ status: 200 });
      expect(await get(port, path, { host: 'pair.test' })).toMatchObject({ status: 200 });
      expect(await get(port, path, { host: 'evil.example' })).toMatchObject({ status: 403 });
    }
    const chat = new WebSocket(`ws://127.0.0.1:${port}/chat`);
    await once(chat, 'open');
    chat.send('小明');
    const [{ data }] = (await once(chat, 'message')) as [MessageEvent];
    expect(data).toBe('您好,小明');
  });

  test.each([
    ['is refused to a stranger’s page', 'http://evil.example', 'error'],
    ['is open to its own page', 'http://127.0.0.1:PORT', 'open'],
    ['is open to a page that was let in', 'https://friend.example', 'open'],
  ])('a channel %s, and so is an endpoint', async (_what, origin, expected) => {
    const { port } = await startUp('--origin', 'https://friend.example');
    const headers = { Origin: origin.replace('PORT', String(port)) };
    for (const [path, protocols] of [
      ['channel/websocket', ['pairwire.channel.1']],
      ['echo', []],
    ] as const) {
      const url = `ws://127.0.0.1:${port}/${path}`;
      const socket = new WebSocket(url, protocols, { headers });
      const outcome = await Promise.race([once(socket, 'open'), once(socket, 'error')]);
      expect((outcome[0] as Event).type).toBe(expected);
    }
  });

  test('goes on without the gateway when its UDP port is in use, and says so', async () => {
    const other = createSocket('udp4');
    other.bind(0, '127.0.0.1');
    await once(other, 'listening');
    try {
      const { port: taken } = other.address();
      const { program, port } = await startUp('--udp-port', String(taken));
      const why = `UDP port ${taken} is in use; choose another with --udp-port, or any free one with --udp-port 0`;
      expect(program.stdout).toContain(`phone gateway: ${why}\n`);
      expect(program.stdout).not.toContain('coap://');
      const { gateway, off } = await configOf(port);
      expect(gateway).toBeNull();
      expect(off).toContainEqual({ code: 'gateway-port-in-use', what: 'phone gateway', why });
    } finally {
      other.close();
    }
  });

  test('serves https, and its own gateway finds it there', async () => {
    const [certificate = '', key = ''] = CERTIFICATE;
    const { port, program } = await startUp('--cert', certificate, '--key', key);
    expect(program.stdout).toContain(`ready https://127.0.0.1:${port}\n`);
    expect(program.stdout).not.toContain('camera');
    const request = httpsRequest({ port, path: '/healthz', rejectUnauthorized: false }).end();
    const [response] = (await once(request, 'response')) as [{ statusCode: number }];
    expect(response.statusCode).toBe(200);
    request.destroy();
    const [gateway] = await program.output(/coap:\/\/\S+/);
    const phone = start(['phone', '3f2b8c1e-0000-4000-8000-123456789abc', '--gateway', gateway]);
    // The relay's own word, which came through the gateway.
    await phone.output(/no page shows this code/, 'stderr');
  });

  test('goes on when nobody reads what it prints', async () => {
    const { program, port } = await startUp('--log-level', 'trace');
    program.child.stdout.destroy();
    program.child.stderr.destroy();
    const channel = openChannel(port);
    await once(channel, 'open');
    channel.close();
    await once(channel, 'close');
    expect((await get(port, '/healthz')).status).toBe(200);
    program.signal('SIGTERM');
    await once(program.child, 'exit');
    expect(program.child.exitCode).toBe(0);
  });
});

describe('the end of a server', () => {
  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    '%s: channels are told to come back later, then exit code 0',
    async (signal) => {
      const { program, port } = await startUp();
      const channel = openChannel(port);
      await once(channel, 'open');
      const closed = once(channel, 'close') as Promise<[CloseEvent]>;
      program.signal(signal);
      const [{ code, wasClean }] = await closed;
      expect({ code, wasClean }).toEqual({ code: 4000, wasClean: true });
      expect(await program.ended).toEqual({ code: 0, signal: null });
      expect(program.stdout).toMatch(new RegExp(`\\nstopping \\(${signal}\\)\\n$`));
      expect(program.stderr).toBe('');
    },
  );

  test('a second signal ends it at once, whoever has not said goodbye yet', async () => {
    const { program, port } = await startUp();
    const stuck = connect(port, '127.0.0.1');
    stuck.on('error', () => {});
    const head = upgradeHead(
      '/channel/websocket',
      'localhost',
      'Sec-WebSocket-Protocol: pairwire.channel.1\n',
    );
    stuck.write(head.replaceAll('\n', '\r\n'));
    await once(stuck, 'data');
    // It reads no more and will not answer the Close frame.
    stuck.pause();
    program.signal('SIGINT');
    await program.output(/^stopping/m);
    program.signal('SIGINT');
    expect(await program.ended).toEqual({ code: 1, signal: null });
    stuck.destroy();
  });

  test('a connection that says nothing does not hold it up', async () => {
    const { program, port } = await startUp();
    const silent = connect(port, '127.0.0.1');
    silent.on('error', () => {});
    await once(silent, 'connect');
    silent.write('GET / HT');
    program.signal('SIGTERM');
    expect(await program.ended).toEqual({ code: 0, signal: null });
  });

  test.each(['websocket', 'h2c'])(
    'a client that keeps its half of a refused %s upgrade does not hold it up',
    async (protocol) => {
      const { program, port } = await startUp();
      const stuck = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      stuck.on('error', () => {});
      const head = upgradeHead('/nothing', 'localhost').replace('websocket', protocol);
      stuck.write(head.replaceAll('\n', '\r\n'));
      stuck.resume();
      await once(stuck, 'end');
      program.signal('SIGTERM');
      expect(await program.ended).toEqual({ code: 0, signal: null });
      stuck.destroy();
    },
  );
});

describe('what cannot be had', () => {
  test('a port in use: one line that names it, exit code 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const program = start(['relay', '--port', String(port)]);
    expect(await program.ended).toMatchObject({ code: 1 });
    expect(program.stderr).toBe(
      `pairwire: port ${port} is in use; choose another with --port, or any free one with --port 0\n`,
    );
    other.close();
  });

  const [certificate = '', key = ''] = CERTIFICATE;
  test.each([
    {
      what: 'an address that is not ours',
      args: ['relay', '--host', '192.0.2.200'],
      code: 1,
      message: 'this machine has no address 192.0.2.200; see --host',
    },
    {
      what: 'a port that is none',
      args: ['relay', '--port', '65536'],
      code: 2,
      message: '--port: expected a port number from 0 to 65535',
    },
    {
      what: 'an option that does not exist',
      args: ['up', '--frob'],
      code: 2,
      message: "unknown option '--frob'",
    },
    {
      what: 'a gateway without a relay',
      args: ['gateway'],
      code: 2,
      message: '--relay is missing: give the address of the relay, such as http://127.0.0.1:1818',
    },
    {
      what: 'a certificate that is not there',
      args: ['up', '--cert', `${certificate}.not`, '--key', key],
      code: 2,
      message: '--cert: the file cannot be read (ENOENT)',
    },
    {
      what: 'a certificate that is none',
      args: ['up', '--cert', key, '--key', key],
      code: 2,
      message: '--cert, --key: expected a certificate and its key in PEM',
    },
  ])('$what: one line, exit code $code', async ({ args, code, message }) => {
    const program = start(args);
    expect(await program.ended).toMatchObject({ code });
    expect(program.stderr).toBe(`pairwire: ${message}\n`);
    expect(program.stdout).toBe('');
  });
});

describe('relay and gateway alone', () => {
  test('the relay binds loopback, has no pages, and logs from info on', async () => {
    const relay = start(['relay', '--port', '0']);
    const port = await portOf(relay);
    expect(relay.stdout).toBe(`ready http://127.0.0.1:${port}\n`);
    const response = await get(port, '/');
    expect(response.status).toBe(404);
    expect(response.body.toString()).toContain('relay alone');
    expect((await get(port, '/config.json')).status).toBe(404);
    relay.signal('SIGTERM');
    expect(await relay.ended).toEqual({ code: 0, signal: null });
  });

  test('the gateway binds loopback and ends in order', async () => {
    const gateway = start(['gateway', '--relay', 'http://127.0.0.1:9', '--udp-port', '0']);
    await gateway.output(/^ready coap:\/\/127\.0\.0\.1:[1-9]\d*\n$/);
    gateway.signal('SIGTERM');
    expect(await gateway.ended).toEqual({ code: 0, signal: null });
  });
});
