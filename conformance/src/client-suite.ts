/**
 * Runs every case against a client that echoes and connects again after each end of a connection.
 * The kit is the server; each connection is one case.
 */
import { createHash } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { Arrivals } from './arrivals.ts';
import type { CaseLimits, CaseResult, FrameCase } from './case.ts';
import { Deviation, NotApplicable } from './case.ts';
import { frameCases } from './cases/index.ts';
import { openingResponse, type ResponseCase } from './cases/opening-response.ts';
import { aboveClientWindow, answerTo } from './deflate-answer.ts';
import { judge } from './judge.ts';
import { RawPeer } from './raw-peer.ts';
import { Opcode } from './wire.ts';

interface Request {
  socket: Socket;
  key: string;
  extensions: string;
}

export class ClientSuite {
  readonly #server: Server;
  readonly #requests = new Arrivals<Request>();

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
    for (const { socket } of this.#requests.takeAll()) socket.destroy();
  }

  async #runResponseCase({ response, outcome }: ResponseCase): Promise<void> {
    const { socket, key, extensions } = await this.#requests.next();
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
    const { socket, key, extensions: offered } = await this.#requests.next();
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

  #readRequest(socket: Socket): void {
    let text = '';
    const onData = (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (!text.includes('\r\n\r\n')) return;
      socket.off('data', onData);
      const field = (name: string) => new RegExp(`^${name}: *(.*?) *$`, 'im').exec(text)?.[1] ?? '';
      this.#requests.push({
        socket,
        key: field('sec-websocket-key'),
        extensions: field('sec-websocket-extensions'),
      });
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

function fillIn(response: string, key: string, extensions: string): string {
  const accept = acceptFor(key);
  return response
    .replaceAll('{above-client-window}', aboveClientWindow(extensions))
    .replaceAll('{accept}', accept)
    .replaceAll('{accept-of-empty}', acceptFor(''))
    .replaceAll('{accept-lower}', accept.toLowerCase());
}

function acceptFor(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}
