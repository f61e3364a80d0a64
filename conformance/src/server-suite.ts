/** Runs every case against a server that echoes. */
import { connect, type Socket } from 'node:net';
import type { CaseLimits, CaseResult, FrameCase } from './case.ts';
import { Deviation, NotApplicable } from './case.ts';
import { frameCases } from './cases/index.ts';
import { deflateOffers, openingHandshake } from './cases/opening-handshake.ts';
import type { OfferCase, RequestCase } from './cases/opening-handshake.ts';
import { judge } from './judge.ts';
import { ANSWER_WITHIN_MS, RawPeer } from './raw-peer.ts';

interface Response {
  status: number;
  headers: Map<string, string>;
  body: Buffer;
  socket: Socket;
}

export async function runServerSuite(
  url: URL,
  limits: CaseLimits,
  report: (result: CaseResult) => void,
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  const add = (result: CaseResult) => {
    results.push(result);
    report(result);
  };
  for (const requestCase of openingHandshake) {
    add(await judge(requestCase, () => runRequestCase(url, requestCase)));
  }
  for (const offerCase of deflateOffers) {
    add(await judge(offerCase, () => runOfferCase(url, offerCase)));
  }
  for (const frameCase of frameCases) {
    add(await judge(frameCase, () => runFrameCase(url, frameCase, limits)));
  }
  return results;
}

async function runRequestCase(url: URL, requestCase: RequestCase): Promise<void> {
  const { request, status, headers, body } = requestCase;
  const response = await ask(url, fillIn(request, url));
  const text = body && (await readToEnd(response));
  response.socket.destroy();
  if (body && !body.test(text ?? '')) throw new Deviation('the body says nothing of it');
  if (!status.includes(response.status)) {
    throw new Deviation(`status ${response.status} instead of ${status.join(' or ')}`);
  }
  for (const [name, pattern] of Object.entries(headers ?? {})) {
    const value = response.headers.get(name);
    if (pattern === null && value !== undefined) throw new Deviation(`sent ${name}: ${value}`);
    if (pattern && !pattern.test(value ?? ''))
      throw new Deviation(`${name} is ${value ?? 'missing'}`);
  }
}

/** What follows the header block, once the server has ended TCP. */
function readToEnd({ socket, body }: Response): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks = [body];
    const timer = setTimeout(() => {
      reject(new Deviation('TCP did not end after the refusal'));
    }, ANSWER_WITHIN_MS);
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString());
    });
  });
}

async function runOfferCase(url: URL, { offer, answer }: OfferCase): Promise<void> {
  if (!(await compresses(url))) throw new NotApplicable('the server does not compress');
  const { status, headers, socket } = await ask(url, upgradeRequest(url, offer));
  socket.destroy();
  if (status !== 101) throw new Deviation(`status ${status} instead of 101`);
  const extensions = headers.get('sec-websocket-extensions');
  if (answer === null && extensions !== undefined) throw new Deviation(`accepted: ${extensions}`);
  if (answer && !answer.test(extensions ?? ''))
    throw new Deviation(`answered ${extensions ?? 'nothing'}`);
}

async function runFrameCase(url: URL, frameCase: FrameCase, limits: CaseLimits): Promise<void> {
  const { status, headers, socket, body } = await ask(
    url,
    upgradeRequest(url, frameCase.extensions),
  );
  const extensions = headers.get('sec-websocket-extensions') ?? '';
  const peer = new RawPeer(socket, 'client', extensions, body);
  try {
    if (status !== 101) throw new Deviation(`status ${status} instead of 101`);
    if (frameCase.extensions && !extensions)
      throw new NotApplicable('the server declined the offer');
    await frameCase.run(peer, limits);
  } finally {
    peer.destroy();
  }
}

async function compresses(url: URL): Promise<boolean> {
  const { headers, socket } = await ask(url, upgradeRequest(url, 'permessage-deflate'));
  socket.destroy();
  return headers.has('sec-websocket-extensions');
}

function upgradeRequest(url: URL, extensions?: string): string {
  const lines = [
    'GET {path} HTTP/1.1',
    'Host: {host}',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    ...(extensions ? [`Sec-WebSocket-Extensions: ${extensions}`] : []),
  ];
  return fillIn([...lines, '', ''].join('\r\n'), url);
}

function fillIn(request: string, url: URL): string {
  return request.replaceAll('{host}', url.host).replaceAll('{path}', url.pathname);
}

function ask(url: URL, request: string): Promise<Response> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(url.port || 80), url.hostname.replace(/^\[|\]$/g, ''));
    let bytes: Buffer = Buffer.alloc(0);
    const timer = setTimeout(() => done(new Deviation('no response in time')), ANSWER_WITHIN_MS);
    const done = (outcome: Response | Error) => {
      clearTimeout(timer);
      socket.off('data', onData);
      socket.off('close', onClose);
      if (!(outcome instanceof Error)) return resolve(outcome);
      socket.destroy();
      reject(outcome);
    };
    const onData = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      const end = bytes.indexOf('\r\n\r\n');
      if (end < 0) return;
      const [statusLine = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
      const headers = new Map<string, string>();
      for (const line of lines) {
        const colon = line.indexOf(':');
        headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
      }
      const status = Number(statusLine.split(' ')[1]);
      done({ status, headers, socket, body: bytes.subarray(end + 4) });
    };
    const onClose = () => done(new Deviation('the connection ended without a response'));
    socket.on('data', onData);
    socket.on('close', onClose);
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // Nobody there is no deviation of an engine: it ends the run.
      if (error.code === 'ECONNREFUSED') done(error);
    });
    socket.write(request);
  });
}
