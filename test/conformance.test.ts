/** Our engine under the conformance kit, as server and as client, against the committed results. */
import { readFile } from 'node:fs/promises';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import type { CaseResult } from '../conformance/src/case.ts';
import { ClientSuite } from '../conformance/src/client-suite.ts';
import { Http2ClientSuite } from '../conformance/src/http2/client-suite.ts';
import { runHttp2ServerSuite } from '../conformance/src/http2/server-suite.ts';
import { runServerSuite } from '../conformance/src/server-suite.ts';

const LIMITS = { maxMessageBytes: 1_048_576 };
const root = fileURLToPath(new URL('..', import.meta.url));
let child: ChildProcess | undefined;

afterEach(async () => {
  if (child === undefined || child.exitCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
});

function run(program: string, ...args: string[]): ChildProcess {
  child = spawn(process.execPath, [program, ...args], {
    cwd: root,
    env: { ...process.env, PORT: '0', DEFLATE: '1' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return child;
}

async function committed(name: string): Promise<unknown> {
  return JSON.parse(await readFile(`${root}/conformance/expected/${name}.json`, 'utf8'));
}

const verdicts = (results: CaseResult[]) =>
  Object.fromEntries(results.map(({ id, verdict }) => [id, verdict]));

const failures = (results: CaseResult[]) => results.filter(({ verdict }) => verdict === 'fail');

const OVER_HTTP1 = {
  carrier: 'HTTP/1.1',
  server: 'examples/echo-server.mjs',
  client: 'examples/echo-client.mjs',
  results: 'pairwire',
  runServerSuite,
  createClientSuite: () => new ClientSuite(),
};
const OVER_HTTP2 = {
  carrier: 'HTTP/2',
  server: 'conformance/peers/pairwire-http2-server.mjs',
  client: 'conformance/peers/pairwire-http2-client.mjs',
  results: 'pairwire-http2',
  runServerSuite: runHttp2ServerSuite,
  createClientSuite: () => new Http2ClientSuite(),
};

describe.each([OVER_HTTP1, OVER_HTTP2])('the conformance kit over $carrier', (setup) => {
  test('passes our server in every case, strict ones included', async () => {
    const server = run(setup.server);
    const [line] = (await once(server.stdout ?? server, 'data')) as [Buffer];
    const port = Number(/listening (\d+)/.exec(line.toString())?.[1]);
    const url = new URL(`ws://127.0.0.1:${port}/`);
    const results = await setup.runServerSuite(url, LIMITS, () => {});
    expect(failures(results)).toEqual([]);
    expect(verdicts(results)).toEqual(await committed(`${setup.results}-server`));
  }, 120_000);

  test('passes our client in every case, strict ones included', async () => {
    const suite = setup.createClientSuite();
    const url = await suite.listen();
    run(setup.client, url);
    try {
      const results = await suite.run(LIMITS, () => {});
      expect(failures(results)).toEqual([]);
      expect(verdicts(results)).toEqual(await committed(`${setup.results}-client`));
    } finally {
      suite.close();
    }
  }, 120_000);
});
