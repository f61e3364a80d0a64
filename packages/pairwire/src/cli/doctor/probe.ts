/** One opening handshake with an endpoint, on a socket of our own so that every byte is seen. */
import { createHash, randomBytes } from 'node:crypto';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

import {
  buildDeflateOffer,
  buildRequest,
  CloseCode,
  createFinding,
  encodeClosePayload,
  encodeFrame,
  encodeKey,
  examineResponse,
  explainFailure,
  formatRequest,
  Opcode,
  type DeflateOptions,
  type Diagnosis,
  type FindingCode,
  type SentRequest,
} from '@pairwire/websocket/protocol';

export interface ProbeTarget {
  /** `ws:` or `wss:`. */
  readonly url: URL;
  readonly timeoutMs: number;
}

/** How a request differs from the plainest one. */
export interface ProbeRequest {
  readonly protocols?: readonly string[];
  readonly compression?: boolean;
  readonly version?: string;
  readonly origin?: string;
}

/** More than any head and first frames. */
const MAX_ANSWER_BYTES = 65_536;

/** What browsers offer. */
const DEFLATE: DeflateOptions = {
  serverContextTakeover: true,
  clientContextTakeover: true,
  serverMaxWindowBits: 15,
  clientMaxWindowBits: 15,
};

const sha1 = (bytes: Uint8Array): Uint8Array => createHash('sha1').update(bytes).digest();

/** Never rejects: what goes wrong is a finding. */
export async function probe(target: ProbeTarget, request: ProbeRequest = {}): Promise<Diagnosis> {
  const deadline = AbortSignal.timeout(target.timeoutMs);
  const opened = await openSocket(target, deadline);
  if (typeof opened === 'string') return failed(opened);
  const { sent, text } = writeRequest(target.url, request);
  const deflate = request.compression === true ? DEFLATE : undefined;
  const diagnosis = await exchange(opened, text, deadline, (bytes, ending) =>
    examineResponse(bytes, { sent, sha1, ending, deflate }),
  );
  takeLeave(opened, diagnosis);
  return diagnosis;
}

/** A server that let us in is told that we go; nobody waits for its answer. */
function takeLeave(socket: Socket, { opens }: Diagnosis): void {
  if (opens) {
    const payload = encodeClosePayload(CloseCode.normal);
    const maskingKey = randomBytes(4).readUInt32BE();
    socket.write(encodeFrame({ opcode: Opcode.close, payload }, maskingKey));
  }
  socket.destroySoon();
}

function failed(code: FindingCode): Diagnosis {
  return { findings: [createFinding(code)], opens: false, status: undefined, headers: [] };
}

function writeRequest(
  url: URL,
  { protocols = [], compression = false, version, origin }: ProbeRequest,
): { sent: SentRequest; text: string } {
  const key = encodeKey(randomBytes(16));
  const extensions = compression ? [buildDeflateOffer(DEFLATE)] : [];
  const request = buildRequest({
    key,
    protocols,
    extensions,
    host: url.host,
    target: url.pathname + url.search,
    ...(origin !== undefined && { origin }),
    headers: credentials(url),
  });
  const headers = [...request.headers];
  if (version !== undefined) headers[headers.indexOf('Sec-WebSocket-Version') + 1] = version;
  return { sent: { key, protocols, extensions }, text: formatRequest({ ...request, headers }) };
}

/** User and password of the URL, as a browser sends them. */
function credentials({ username, password }: URL): string[] {
  if (username === '' && password === '') return [];
  const pair = decodeURIComponent(`${username}:${password}`);
  return ['Authorization', `Basic ${Buffer.from(pair).toString('base64')}`];
}

/** A connected socket, or why there is none. */
function openSocket(target: ProbeTarget, deadline: AbortSignal): Promise<Socket | FindingCode> {
  const { url } = target;
  return new Promise((resolve) => {
    const isSecure = url.protocol === 'wss:';
    const socket = isSecure ? connectTls(tlsOptions(url)) : connectTcp(addressOf(url));
    const settle = (result: Socket | FindingCode): void => {
      deadline.removeEventListener('abort', late);
      if (typeof result === 'string') socket.destroy();
      resolve(result);
    };
    const late = (): void => settle(socket.connecting ? 'host-unreachable' : 'no-answer');
    deadline.addEventListener('abort', late);
    // Stays: a reset later on must have a listener too.
    socket.on('error', (error) => settle(explainFailure(error) ?? 'host-unreachable'));
    socket.once('close', () => settle('closed-before-answer'));
    socket.once(isSecure ? 'secureConnect' : 'connect', () => settle(socket));
  });
}

function addressOf(url: URL): { host: string; port: number } {
  const defaultPort = url.protocol === 'wss:' ? 443 : 80;
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? defaultPort : Number(url.port),
  };
}

function tlsOptions(url: URL) {
  const address = addressOf(url);
  const name = isIP(address.host) === 0 ? { servername: address.host } : {};
  return { ...address, ...name, ALPNProtocols: ['http/1.1'] };
}

type Examine = (bytes: Uint8Array, ending: 'open' | 'silent' | 'closed') => Diagnosis | undefined;

/** Sends the request and reads until the answer is understood, ends, or takes too long. */
function exchange(
  socket: Socket,
  request: string,
  deadline: AbortSignal,
  examine: Examine,
): Promise<Diagnosis> {
  return new Promise((resolve) => {
    let bytes = Buffer.alloc(0);
    const settle = (ending: 'open' | 'silent' | 'closed'): void => {
      const diagnosis = examine(bytes, ending);
      if (diagnosis === undefined) return;
      deadline.removeEventListener('abort', late);
      resolve(diagnosis);
    };
    const late = (): void => settle('silent');
    if (deadline.aborted) late();
    deadline.addEventListener('abort', late);
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      settle(bytes.length > MAX_ANSWER_BYTES ? 'silent' : 'open');
    });
    socket.on('close', () => settle('closed'));
    socket.write(request, 'latin1');
  });
}

/** Whether a port that did not answer in plain speaks TLS; nothing is sent over it. */
export function speaksTls({ url, timeoutMs }: ProbeTarget): Promise<boolean> {
  return new Promise((resolve) => {
    // Only whether there is TLS is asked, so it does not matter who signed the certificate.
    const socket = connectTls({ ...tlsOptions(url), rejectUnauthorized: false });
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => settle(false));
    socket.on('error', () => settle(false));
    socket.once('close', () => settle(false));
    socket.once('secureConnect', () => settle(true));
  });
}

/** What a server says of WebSockets over HTTP/2 (RFC 8441 §3); undefined: it speaks no HTTP/2. */
export function probeHttp2({ url, timeoutMs }: ProbeTarget): Promise<FindingCode | undefined> {
  return new Promise((resolve) => {
    const { host, port } = addressOf(url);
    const scheme = url.protocol === 'wss:' ? 'https' : 'http';
    const session = connectHttp2(`${scheme}://${isIP(host) === 6 ? `[${host}]` : host}:${port}`);
    const settle = (code: FindingCode | undefined): void => {
      session.destroy();
      resolve(code);
    };
    session.setTimeout(timeoutMs, () => settle(undefined));
    session.on('error', () => settle(undefined));
    session.once('close', () => settle(undefined));
    session.once('remoteSettings', ({ enableConnectProtocol }) => {
      settle(enableConnectProtocol === true ? 'http2-ready' : 'http2-without-websocket');
    });
  });
}
