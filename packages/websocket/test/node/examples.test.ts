/** The examples run as a user would run them: as programs, on the built package. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from '@pairwire/websocket';
import { closeFrame, frame, RawPeer, RawServer, serverFrame } from './raw-peer.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

beforeAll(() => {
  const build = spawnSync(
    process.execPath,
    ['node_modules/typescript/bin/tsc', '-b', 'packages/websocket/src'],
    { cwd: root, encoding: 'utf8' },
  );
  if (build.status !== 0) throw new Error(build.stdout + build.stderr);
});

function start(script: string, args: string[] = [], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [`examples/${script}`, ...args], {
    cwd: root,
    env: { ...process.env, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill();
    await once(child, 'exit');
  });
  return child;
}

async function portOf(child: ChildProcess): Promise<number> {
  const [line] = await once(child.stdout as NodeJS.ReadableStream, 'data');
  const port = /^listening (\d+)\n$/.exec(String(line))?.[1];
  expect(port).toBeDefined();
  return Number(port);
}

async function connect(port: number): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
  await once(socket, 'open');
  onTestFinished(() => socket[Symbol.asyncDispose]());
  return socket;
}

describe('echo-server.mjs', () => {
  test('echoes, and ends on SIGTERM with 1001', async () => {
    const child = start('echo-server.mjs');
    const socket = await connect(await portOf(child));
    socket.send('您好');
    expect((await once(socket, 'message'))[0].data).toBe('您好');
    const closed = once(socket, 'close');
    child.kill('SIGTERM');
    expect((await closed)[0]).toMatchObject({ code: 1001, wasClean: true });
    expect((await once(child, 'exit'))[0]).toBe(0);
  });

  test('takes its limits from the environment', async () => {
    const child = start('echo-server.mjs', [], {
      MAX_PAYLOAD: '10',
      HANDSHAKE_TIMEOUT_MS: '200',
      CLOSE_TIMEOUT_MS: '50',
      DEFLATE: '1',
    });
    const port = await portOf(child);
    const peer = await RawPeer.open(port);
    peer.write(frame('0123456789a'));
    expect(await peer.closeCode()).toBe(1009);
    await peer.end();
    const silent = await RawPeer.connect(port);
    silent.write('GET / HTTP/1.1\r\n');
    await silent.end();
  });
});

test('broadcast-server.mjs sends a text to all, its sender included', async () => {
  const port = await portOf(start('broadcast-server.mjs'));
  const sockets = [await connect(port), await connect(port), await connect(port)];
  const received = sockets.map((socket) => once(socket, 'message'));
  sockets[0]?.send('to all');
  for (const [event] of await Promise.all(received)) expect(event.data).toBe('to all');
});

test('chat-server.mjs greets with an ASCII comma', async () => {
  const socket = await connect(await portOf(start('chat-server.mjs')));
  socket.send('小明');
  expect((await once(socket, 'message'))[0].data).toBe('您好,小明');
});

describe('echo-client.mjs', () => {
  test('echoes, connects again after each end, and exits when refused', async () => {
    const server = await RawServer.listen();
    const child = start('echo-client.mjs', [server.url]);
    const exited = once(child, 'exit');

    const first = await server.open();
    first.write(serverFrame('您好'));
    expect((await first.frame()).payload.toString()).toBe('您好');
    first.write(serverFrame(Buffer.from([1, 2]), { opcode: 2 }));
    expect(await first.frame()).toMatchObject({ opcode: 2, payload: Buffer.from([1, 2]) });
    first.write(closeFrame(1000, '', { mask: undefined }));
    expect(await first.closeCode()).toBe(1000);
    first.socket.end();

    // A refused or broken opening handshake is an end like any other.
    const second = await server.accept();
    await second.head();
    second.write('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n');
    const third = await server.open();
    await server.close();
    third.destroy();
    expect((await exited)[0]).toBe(0);
  });

  test('says how it is used', async () => {
    const child = spawn(process.execPath, ['examples/echo-client.mjs'], { cwd: root });
    expect((await once(child, 'exit'))[0]).toBe(2);
  });
});
