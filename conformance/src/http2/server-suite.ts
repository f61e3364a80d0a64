/** Runs every case against a server that echoes, over HTTP/2 without TLS (RFC 8441). */
import type { CaseLimits, CaseResult, FrameCase } from '../case.ts';
import { Deviation, NotApplicable } from '../case.ts';
import { frameCases } from '../cases/index.ts';
import { judge } from '../judge.ts';
import { Http2Client } from './client.ts';
import { connectCases, type ConnectCase } from './request-cases.ts';
import { streamCases } from './stream-cases.ts';
import { askRaw, type Answer } from './wire.ts';

export async function runHttp2ServerSuite(
  url: URL,
  limits: CaseLimits,
  report: (result: CaseResult) => void,
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  const add = (result: CaseResult) => {
    results.push(result);
    report(result);
  };
  const client = new Http2Client(url);
  try {
    for (const connectCase of connectCases) {
      add(await judge(connectCase, () => runConnectCase(url, connectCase)));
    }
    for (const streamCase of streamCases) {
      add(await judge(streamCase, () => streamCase.run(client, limits)));
    }
    for (const frameCase of frameCases) {
      add(await judge(frameCase, () => runFrameCase(client, frameCase, limits)));
    }
  } finally {
    await client.close();
  }
  return results;
}

async function runConnectCase(url: URL, { fields, outcome }: ConnectCase): Promise<void> {
  const filledIn = fields.map(
    ([name, value]) =>
      [name, value.replaceAll('{host}', url.host).replaceAll('{path}', url.pathname)] as const,
  );
  const answer = await askRaw(url, filledIn);
  if (!isRight(answer, outcome)) throw new Deviation(describe(answer));
}

function isRight(answer: Answer, outcome: ConnectCase['outcome']): boolean {
  if (answer.type !== 'status') {
    return outcome === 'malformed' || (outcome === 'refused' && answer.type === 'reset');
  }
  const { status } = answer;
  if (outcome === 'opens') return status === 200;
  if (outcome === 'refused') return status >= 300;
  if (outcome === 'malformed') return status >= 400 && status < 500;
  return outcome.includes(status);
}

function describe(answer: Answer): string {
  if (answer.type === 'status') return `status ${answer.status}`;
  return answer.type === 'reset' ? `reset with ${answer.code}` : 'the connection ended';
}

async function runFrameCase(
  client: Http2Client,
  frameCase: FrameCase,
  limits: CaseLimits,
): Promise<void> {
  const { peer } = await client.open({ extensions: frameCase.extensions });
  try {
    if (frameCase.extensions && !peer.extensions) {
      throw new NotApplicable('the server declined the offer');
    }
    await frameCase.run(peer, limits);
  } finally {
    peer.destroy();
  }
}
