/** Our engine under the conformance kit, as server and as client, against the committed results. */
import { readFile } from 'node:fs/promises';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import type { CaseResult } from '../conformance/src/case.ts';
import { ClientSuite } from '../conformance/src/client-suite.ts';
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

function run(example: string, ...args: string[]): ChildProcess {
  child = spawn(process.execPath, [`examples/${example}`, ...args], {
    cwd: root,
    env: { ...process.env, PORT: '0', DEFLATE: '1' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return child;
}

async function committed(role: string): Promise<unknown> {
  return JSON.parse(await readFile(`${root}/conformance/expected/pairwire-${role}.json`, 'utf8'));
}

const verdicts = (results: CaseResult[]) =>
  Object.fromEntries(results.map(({ id, verdict }) => [id, verdict]));

const failures = (results: CaseResult[]) => results.filter(({ verdict }) => verdict === 'fail');

describe('the conformance kit', () => {
  test('passes our server in every case, strict ones included', async () => {
    const server = run('echo-server.mjs');
    const [line] = (await once(server.stdout ?? server, 'data')) as [Buffer];
    const port = Number(/listening (\d+)/.exec(line.toString())?.[1]);
    const results = await runServerSuite(new URL(`ws://127.0.0.1:${port}/`), LIMITS, () => {});
    expect(failures(results)).toEqual([]);
    expect(verdicts(results)).toEqual(await committed('server'));
  }, 120_000);

  test('passes our client in every case, strict ones included', async () => {
    const suite = new ClientSuite();
    const url = await suite.listen();
    run('echo-client.mjs', url);
    try {
      const results = await suite.run(LIMITS, () => {});
      expect(failures(results)).toEqual([]);
      expect(verdicts(results)).toEqual(await committed('client'));
    } finally {
      suite.close();
    }
  }, 120_000);
});
