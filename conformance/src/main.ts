/**
 * The conformance kit as a program.
 *
 *   node conformance/dist/main.js server ws://127.0.0.1:8080/
 *   node conformance/dist/main.js client -- node examples/echo-client.mjs {url}
 *   node conformance/dist/main.js server http://127.0.0.1:8080/ --http2
 *   node conformance/dist/main.js channel http://127.0.0.1:8080 --patient
 *
 * Options: --max-message-bytes N (what the engine was told; default 1 MiB), --json FILE (write the
 * results), --expect FILE (compare with results written before), --quiet (failures only), --http2 (over
 * HTTP/2 without TLS, RFC 8441), --patient (also the cases of the channel that wait for time limits).
 * Exit code: 0 when nothing failed, or nothing differs from --expect; 1 otherwise; 2 for misuse.
 */
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { CaseResult } from './case.ts';
import { runChannelSuite } from './channel/channel-suite.ts';
import { ClientSuite } from './client-suite.ts';
import { Http2ClientSuite } from './http2/client-suite.ts';
import { runHttp2ServerSuite } from './http2/server-suite.ts';
import { runServerSuite } from './server-suite.ts';

const USAGE =
  'usage: main.js server URL | client -- COMMAND with {url} | channel URL [--patient]   [--http2] [--max-message-bytes N] [--json FILE] [--expect FILE] [--quiet]';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'max-message-bytes': { type: 'string', default: '1048576' },
    json: { type: 'string' },
    expect: { type: 'string' },
    quiet: { type: 'boolean', default: false },
    http2: { type: 'boolean', default: false },
    patient: { type: 'boolean', default: false },
  },
});

const [what, ...rest] = positionals;
const limits = { maxMessageBytes: Number(values['max-message-bytes']) };

const show = (result: CaseResult) => {
  if (values.quiet && result.verdict !== 'fail') return;
  const mark = { pass: 'pass', fail: 'FAIL', 'not-applicable': ' -- ' }[result.verdict];
  console.log(`${mark}  ${result.id}  ${result.title}${result.detail ? `: ${result.detail}` : ''}`);
};

if (what === 'server' && rest[0])
  await finish(
    await (values.http2 ? runHttp2ServerSuite : runServerSuite)(new URL(rest[0]), limits, show),
  );
else if (what === 'client' && rest[0]) await finish(await runClient(rest));
else if (what === 'channel' && rest[0])
  await finish(await runChannelSuite(new URL(rest[0]), values.patient, show));
else {
  console.error(USAGE);
  process.exitCode = 2;
}

async function runClient(command: string[]): Promise<CaseResult[]> {
  const suite = values.http2 ? new Http2ClientSuite() : new ClientSuite();
  const url = await suite.listen();
  const [program = '', ...args] = command.map((word) => word.replaceAll('{url}', url));
  const client = spawn(program, args, {
    stdio: ['ignore', 'ignore', values.quiet ? 'ignore' : 'inherit'],
  });
  try {
    return await suite.run(limits, show);
  } finally {
    suite.close();
    client.kill();
  }
}

async function finish(results: CaseResult[]): Promise<void> {
  const count = (verdict: CaseResult['verdict']) =>
    results.filter((result) => result.verdict === verdict).length;
  const summary = Object.fromEntries(results.map(({ id, verdict }) => [id, verdict]));
  if (values.json) await writeFile(values.json, `${JSON.stringify(summary, null, 2)}\n`);
  let differences = count('fail');
  if (values.expect) {
    const expected = JSON.parse(await readFile(values.expect, 'utf8')) as Record<string, string>;
    const ids = new Set([...Object.keys(expected), ...Object.keys(summary)]);
    const changed = [...ids].filter((id) => expected[id] !== summary[id]);
    for (const id of changed) {
      console.log(`differs  ${id}: ${expected[id] ?? 'new'} → ${summary[id] ?? 'gone'}`);
    }
    differences = changed.length;
  }
  console.log(
    `${count('pass')} passed, ${count('fail')} failed, ${count('not-applicable')} skipped`,
  );
  const musts = results.filter(
    ({ level, verdict }) => level === 'must' && verdict !== 'not-applicable',
  );
  const kept = musts.filter(({ verdict }) => verdict === 'pass').length;
  console.log(`of those with a MUST: ${kept} of ${musts.length} passed`);
  process.exitCode = differences === 0 ? 0 : 1;
}
