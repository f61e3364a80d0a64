/**
 * Runs every case against a client that echoes over HTTP/2 without TLS (RFC 8441), and asks again
 * after each end of a WebSocket. The kit is the server; each WebSocket is one case.
 */
import { once } from 'node:events';
import {
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { Arrivals } from '../arrivals.ts';
import type { CaseLimits, CaseResult, FrameCase, Level } from '../case.ts';
import { Deviation, NotApplicable } from '../case.ts';
import { frameCases } from '../cases/index.ts';
import { aboveClientWindow, answerTo } from '../deflate-answer.ts';
import { judge } from '../judge.ts';
import { RawPeer } from '../raw-peer.ts';
import { Opcode } from '../wire.ts';
import { answerCases, type AnswerCase } from './response-cases.ts';
import { within } from './within.ts';

interface Request {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
}

/** What a case needs beside an answer of its own. */
interface RequestCase {
  readonly id: string;
  readonly title: string;
  readonly section: string;
  readonly level: Level;
  readonly run: () => Promise<void>;
}

/** RFC 8441 §5 has other means for what they say, or HTTP/2 forbids them (RFC 9113 §8.2.2). */
const ABSENT = ['connection', 'upgrade', 'sec-websocket-key', 'transfer-encoding', 'host'];

export class Http2ClientSuite {
  readonly #server: Http2Server = createServer();
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #requests = new Arrivals<Request>();
  /** The client's first connection, to which Extended CONNECT was not allowed. */
  readonly #first: Promise<{ asked: boolean }>;

  constructor() {
    this.#first = this.#watchFirst();
    this.#server.on('session', (session) => {
      this.#sessions.add(session);
      session.on('close', () => this.#sessions.delete(session));
      session.on('error', () => {});
    });
    this.#server.on('stream', (stream, headers) => {
      stream.on('error', () => {});
      this.#requests.push({ stream, headers });
    });
  }

  /** @returns the address to start the client with. */
  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `ws://${this.#host}/path?query`;
  }

  async run(limits: CaseLimits, report: (result: CaseResult) => void): Promise<CaseResult[]> {
    const results: CaseResult[] = [];
    const add = (result: CaseResult) => {
      results.push(result);
      report(result);
    };
    for (const { run, ...one } of this.#requestCases()) add(await judge(one, run));
    for (const answerCase of answerCases) {
      add(await judge(answerCase, () => this.#runAnswerCase(answerCase)));
    }
    for (const frameCase of frameCases) {
      add(await judge(frameCase, () => this.#runFrameCase(frameCase, limits)));
    }
    return results;
  }

  /** Refuses further connections, which tells the client to go. */
  close(): void {
    this.#server.close();
    // Node 20 loops for ever when a session is destroyed while it tells that a stream has closed.
    setImmediate(() => {
      for (const session of this.#sessions) session.destroy();
    });
  }

  async #watchFirst(): Promise<{ asked: boolean }> {
    const [session] = (await once(this.#server, 'session')) as [ServerHttp2Session];
    this.#server.updateSettings({ enableConnectProtocol: true });
    const watched = { asked: false };
    session.on('stream', () => (watched.asked = true));
    // Not `once` of node:events, which an error of the session would reject.
    await new Promise((resolve) => session.once('close', resolve));
    return watched;
  }

  #requestCases(): RequestCase[] {
    return [
      {
        id: 'request.settings',
        title: 'asks nothing of a server that has not enabled Extended CONNECT',
        section: 'RFC 8441 3',
        level: 'must',
        run: async () => {
          const { asked } = await within(this.#first, 'the client waits without an end');
          if (asked) throw new Deviation('it asked');
        },
      },
      {
        id: 'request.fields',
        title: 'asks with the pseudo-headers of Extended CONNECT, and nothing of HTTP/1.1',
        section: 'RFC 8441 5',
        level: 'must',
        run: async () => {
          const { stream, headers } = await this.#requests.next();
          stream.close();
          const wanted = {
            ':method': 'CONNECT',
            ':protocol': 'websocket',
            ':scheme': 'http',
            ':path': '/path?query',
            ':authority': this.#host,
            'sec-websocket-version': '13',
          };
          for (const [name, value] of Object.entries(wanted)) {
            const sent = String(headers[name]);
            if (sent !== value) throw new Deviation(`${name} is ${sent} instead of ${value}`);
          }
          const useless = ABSENT.find((name) => headers[name] !== undefined);
          if (useless !== undefined) throw new Deviation(`sent ${useless}`);
        },
      },
    ];
  }

  get #host(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return `127.0.0.1:${address.port}`;
  }

  async #runAnswerCase({ answer, outcome }: AnswerCase): Promise<void> {
    const { stream, headers } = await this.#requests.next();
    const offered = String(headers['sec-websocket-extensions'] ?? '');
    const peer = new RawPeer(stream, 'server');
    try {
      answer(stream, (value) =>
        value.replaceAll('{above-client-window}', aboveClientWindow(offered)),
      );
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
    const { stream, headers } = await this.#requests.next();
    const offered = String(headers['sec-websocket-extensions'] ?? '');
    const extensions = frameCase.extensions ? answerTo(offered, frameCase.extensions) : '';
    const peer = new RawPeer(stream, 'server', extensions);
    try {
      stream.respond({
        ':status': 200,
        ...(extensions && { 'sec-websocket-extensions': extensions }),
      });
      if (frameCase.extensions && !extensions) throw new NotApplicable('the client offers nothing');
      await frameCase.run(peer, limits);
    } finally {
      peer.destroy();
    }
  }
}
