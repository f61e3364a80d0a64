/** The kit's end of HTTP/2 connections to a server: opens WebSockets as streams. */
import { once } from 'node:events';
import {
  connect,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type ClientSessionOptions,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from 'node:http2';
import { Deviation } from '../case.ts';
import { RawPeer } from '../raw-peer.ts';
import { within } from './within.ts';

type AnswerHeaders = IncomingHttpHeaders & IncomingHttpStatusHeader;

export interface Opened {
  readonly headers: AnswerHeaders;
  readonly stream: ClientHttp2Stream;
  readonly peer: RawPeer;
}

export interface OpenOptions {
  /** Value of sec-websocket-extensions. */
  readonly extensions?: string | undefined;
  /** Further header fields. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether the request ends its side of the stream. */
  readonly endStream?: boolean;
}

export class Http2Client {
  readonly #url: URL;
  readonly #sessions = new Set<ClientHttp2Session>();
  #shared: ClientHttp2Session | undefined;

  constructor(url: URL) {
    this.#url = url;
  }

  /** A connection of its own. */
  async connect(options: ClientSessionOptions = {}): Promise<ClientHttp2Session> {
    const session = connect(`http://${this.#url.host}`, options);
    this.#sessions.add(session);
    session.on('close', () => this.#sessions.delete(session));
    await within(once(session, 'remoteSettings'), 'no SETTINGS in time');
    session.on('error', () => {});
    return session;
  }

  /** Opens a WebSocket, on the one connection that all share unless another is given. */
  async open(options: OpenOptions = {}, session?: ClientHttp2Session): Promise<Opened> {
    const { extensions, headers = {}, endStream = false } = options;
    const stream = (session ?? (await this.#sharedSession())).request(
      {
        ':method': 'CONNECT',
        ':protocol': 'websocket',
        ':path': this.#url.pathname,
        'sec-websocket-version': '13',
        ...(extensions !== undefined && { 'sec-websocket-extensions': extensions }),
        ...headers,
      },
      { endStream },
    );
    stream.on('error', () => {});
    const [response] = (await within(once(stream, 'response'), 'no response in time')) as [
      AnswerHeaders,
    ];
    const agreed = String(response['sec-websocket-extensions'] ?? '');
    if (response[':status'] !== 200) {
      stream.destroy();
      throw new Deviation(`status ${String(response[':status'])} instead of 200`);
    }
    return { headers: response, stream, peer: new RawPeer(stream, 'client', agreed) };
  }

  async close(): Promise<void> {
    // Node 20 loops for ever when a session is destroyed while it tells that a stream has closed.
    await new Promise((resolve) => setImmediate(resolve));
    for (const session of this.#sessions) session.destroy();
  }

  async #sharedSession(): Promise<ClientHttp2Session> {
    if (this.#shared === undefined || this.#shared.closed || this.#shared.destroyed) {
      this.#shared = await this.connect();
    }
    return this.#shared;
  }
}
