/**
 * Runs every case against a client that echoes and connects again after each end of a connection.
 * The kit is the server; each connection is one case.
 */
import { createHash } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import type { CaseLimits, CaseResult, FrameCase } from './case.ts';
import { Deviation, NotApplicable } from './case.ts';
import { frameCases } from './cases/index.ts';
import { openingResponse, type ResponseCase } from './cases/opening-response.ts';
import { judge } from './judge.ts';
import { ANSWER_WITHIN_MS, RawPeer } from './raw-peer.ts';
import { Opcode } from './wire.ts';

interface Request {
  socket: Socket;
  key: string;
  extensions: string;
}

export class ClientSuite {
  readonly #server: Server;
  readonly #waiting: Request[] = [];
  #wake: (() => void) | undefined;

  constructor() {
    this.#server = createServer((socket) => this.#readRequest(socket));
  }

  /** @returns the address to start the client with. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return `ws://127.0.0.1:${address.port}/`;
  }

  async run(limits: CaseLimits, report: (result: CaseResult) => void): Promise<CaseResult[]> {
    const results: CaseResult[] = [];
    const add = (result: CaseResult) => {
      results.push(result);
      report(result);
    };
    for (const responseCase of openingResponse) {
      add(await judge(responseCase, () => this.#runResponseCase(responseCase)));
    }
    for (const frameCase of frameCases) {
      add(await judge(frameCase, () => this.#runFrameCase(frameCase, limits)));
    }
    return results;
  }

  /** Refuses further connections, which tells the client to go. */
  close(): void {
    this.#server.close();
    for (const { socket } of this.#waiting) socket.destroy();
  }

  async #runResponseCase({ response, outcome }: ResponseCase): Promise<void> {
    const { socket, key, extensions } = await this.#nextRequest();
    const peer = new RawPeer(socket, 'server');
    try {
      peer.send(Buffer.from(fillIn(response, key, extensions)));
      if (outcome === 'fails') {
        const arrival = await peer.next();
        if (arrival.type !== 'end') throw new Deviation('the client opened');
        return;
      }
      peer.sendFrame({ opcode: Opcode.text, payload: 'open?' });
      await peer.expectMessage(Opcode.text, 'open?');
      await peer.closeCleanly();
    } finally {
      peer.destroy();
    }
  }

  async #runFrameCase(frameCase: FrameCase, limits: CaseLimits): Promise<void> {
    const { socket, key, extensions: offered } = await this.#nextRequest();
    const extensions = frameCase.extensions ? answerTo(offered, frameCase.extensions) : '';
    const peer = new RawPeer(socket, 'server', extensions);
    try {
      peer.send(Buffer.from(fillIn(RESPONSE(extensions), key, offered)));
      if (frameCase.extensions && !extensions) throw new NotApplicable('the client offers nothing');
      await frameCase.run(peer, limits);
    } finally {
      peer.destroy();
    }
  }

  async #nextRequest(): Promise<Request> {
    const deadline = Date.now() + ANSWER_WITHIN_MS;
    for (;;) {
      const request = this.#waiting.shift();
      if (request) return request;
      const left = deadline - Date.now();
      if (left <= 0) throw new Deviation('the client did not connect again');
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  #readRequest(socket: Socket): void {
    let text = '';
    const onData = (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (!text.includes('\r\n\r\n')) return;
      socket.off('data', onData);
      const field = (name: string) => new RegExp(`^${name}: *(.*?) *$`, 'im').exec(text)?.[1] ?? '';
      this.#waiting.push({
        socket,
        key: field('sec-websocket-key'),
        extensions: field('sec-websocket-extensions'),
      });
      this.#wake?.();
    };
    socket.on('data', onData);
    socket.on('error', () => {});
  }
}

const RESPONSE = (extensions: string) =>
  [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Accept: {accept}',
    ...(extensions ? [`Sec-WebSocket-Extensions: ${extensions}`] : []),
    '',
    '',
  ].join('\r\n');

/** The case's parameters, as a server may answer them to this offer (RFC 7692 §7.1.2.2). */
function answerTo(offered: string, wanted: string): string {
  if (!offered.includes('permessage-deflate')) return '';
  const mayLimitClient = offered.includes('client_max_window_bits');
  const parts = wanted
    .split('; ')
    .filter((part) => mayLimitClient || !part.startsWith('client_max_window_bits'))
    .map((part) => (part === 'client_max_window_bits' ? `${part}=12` : part));
  // §7.1.1.1: whoever accepts an offer that demands this must say so.
  const demanded = 'server_no_context_takeover';
  if (offered.includes(demanded) && !parts.includes(demanded)) parts.push(demanded);
  return parts.join('; ');
}

function fillIn(response: string, key: string, extensions: string): string {
  const accept = acceptFor(key);
  const window = Number(/client_max_window_bits="?(\d+)/.exec(extensions)?.[1] ?? 15);
  return response
    .replaceAll('{above-client-window}', String(window + 1))
    .replaceAll('{accept}', accept)
    .replaceAll('{accept-of-empty}', acceptFor(''))
    .replaceAll('{accept-lower}', accept.toLowerCase());
}

function acceptFor(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}
