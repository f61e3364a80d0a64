/** The kit's end of a channel: sends any request, and waits for what must come back. */
import { Agent, request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { Deviation } from '../case.ts';
import { RawPeer } from '../raw-peer.ts';
import { decodeEntries, EntryType, type WireEntry } from './channel-wire.ts';

export const HTTP_TRANSPORTS = ['streaming', 'long-polling', 'polling'] as const;
export type HttpTransport = (typeof HTTP_TRANSPORTS)[number];

const PROTOCOL = 'pairwire.channel.1';
/** Pages of it must not connect to a server under test. */
export const ELSEWHERE = 'https://another-origin.example';

/** Long enough for a long poll that is answered when it must be. */
const ANSWER_WITHIN_MS = 40_000;

type Headers = Readonly<Record<string, string | undefined>>;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Ask {
  readonly method: string;
  readonly path: string;
  readonly headers?: Headers;
  readonly body?: Buffer;
}

/** One server under test. */
export class ChannelTarget {
  readonly #base: URL;
  readonly #agent: Agent;

  /** @param base - where `/channel` is, http or https */
  constructor(base: URL) {
    this.#base = base;
    this.#agent = base.protocol === 'https:' ? new TlsAgent() : new Agent();
  }

  get host(): string {
    return this.#base.host;
  }

  async ask(what: Ask): Promise<Answer> {
    const message = await this.begin(what);
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    return {
      status: message.statusCode ?? 0,
      headers: message.headers,
      body: Buffer.concat(chunks),
    };
  }

  /** @returns the answer as soon as its head is there */
  begin({ method, path, headers = {}, body }: Ask): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const asked = this.#request(method, path, {
        ...(method === 'GET' ? {} : { 'Content-Length': String(body?.length ?? 0) }),
        ...headers,
      });
      const timer = setTimeout(() => {
        asked.destroy();
        reject(
          new Deviation(`${method} ${path.replace(/^(\/channel\/[^/]*).*/, '$1')}: no answer`),
        );
      }, ANSWER_WITHIN_MS);
      asked.on('response', (message) => {
        clearTimeout(timer);
        resolve(message);
      });
      asked.on('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      asked.end(body);
    });
  }

  /** An opening handshake; a WebSocket when the answer is 101. */
  async upgrade(protocol: string | undefined, headers: Headers = {}): Promise<RawPeer | number> {
    return new Promise((resolve, reject) => {
      const asked = this.#request('GET', '/channel/websocket', {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'Sec-WebSocket-Protocol': protocol,
        ...headers,
      });
      asked.on('upgrade', (answer, socket, head) => {
        if (answer.headers['sec-websocket-protocol'] !== PROTOCOL) {
          socket.destroy();
          reject(new Deviation('the answer does not name the subprotocol'));
        }
        resolve(new RawPeer(socket, 'client', '', head));
      });
      asked.on('response', (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      asked.on('error', reject);
      asked.end();
    });
  }

  /** Opens a channel over HTTP as §8.1 says. */
  async open(transport: HttpTransport): Promise<ChannelPeer> {
    const { status, body } = await this.ask({
      method: 'POST',
      path: `/channel/${transport}`,
      headers: { 'Pairwire-Protocol': PROTOCOL },
    });
    if (status !== 201) throw new Deviation(`an opening is answered with ${status}`);
    const opening = JSON.parse(body.toString()) as Record<string, string>;
    const { protocol, node = '', channel = '' } = opening;
    if (protocol !== PROTOCOL) throw new Deviation(`the answer chooses ${protocol}`);
    if (!/^[\w-]{1,32}$/.test(node)) throw new Deviation('the node has no proper name');
    if (!/^[\w-]{22}$/.test(channel)) throw new Deviation('the id has not 128 bits in base64url');
    return new ChannelPeer(this, `/channel/${transport}/${node}`, channel);
  }

  #request(method: string, path: string, given: Headers) {
    const { protocol, hostname, port, pathname } = this.#base;
    const headers = Object.fromEntries(
      Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
    const send = protocol === 'https:' ? tlsRequest : request;
    return send({
      agent: this.#agent,
      host: hostname.replace(/^\[|\]$/g, ''),
      port,
      path: `${pathname.replace(/\/$/, '')}${path}`,
      method,
      headers: { Host: this.host, ...headers },
    });
  }
}

/** One channel over HTTP; counts as a client must, unless told otherwise. */
export class ChannelPeer {
  readonly path: string;
  readonly channel: string;
  readonly #target: ChannelTarget;
  #up = 0;
  #down = 0;
  #pending: WireEntry[] = [];
  #stream: Stream | undefined;

  constructor(target: ChannelTarget, path: string, channel: string) {
    this.#target = target;
    this.path = path;
    this.channel = channel;
  }

  async post(
    body: Buffer = Buffer.alloc(0),
    { number = ++this.#up }: { number?: number | string | undefined } = {},
  ): Promise<Answer> {
    return this.#target.ask({
      method: 'POST',
      path: this.path,
      headers: this.headers(number),
      body,
    });
  }

  async get({ number = ++this.#down }: { number?: number | string } = {}): Promise<Answer> {
    return this.#target.ask({ method: 'GET', path: this.path, headers: this.headers(number) });
  }

  headers(number: number | string): Record<string, string> {
    return { 'Pairwire-Channel': this.channel, 'Pairwire-Number': String(number) };
  }

  /** Posts, and expects that it is taken. */
  async say(...entries: Buffer[]): Promise<void> {
    const { status, headers } = await this.post(Buffer.concat(entries));
    if (status !== 204) throw new Deviation(`a POST is answered with ${status}`);
    if (headers['pairwire-number'] !== String(this.#up)) {
      throw new Deviation('the answer does not repeat the number');
    }
  }

  /** The next entry that is not padding, over as many answers or streams as it takes. */
  async next(): Promise<WireEntry> {
    for (;;) {
      const entry = this.#pending.shift() ?? (await this.#fetch());
      if (entry === undefined || entry.type === EntryType.padding) continue;
      if (entry.type === EntryType.recycle) this.#stream = undefined;
      else return entry;
    }
  }

  async expectPacket(type: number, payload: Buffer | string): Promise<void> {
    const entry = await this.next();
    if (entry.type !== type) throw new Deviation(`an entry of type ${entry.type} came`);
    if (!entry.payload.equals(Buffer.from(payload))) {
      throw new Deviation(`another payload came, of ${entry.payload.length} bytes`);
    }
  }

  /** The server must end the channel with this code. */
  async expectClose(code: number, reason?: string): Promise<void> {
    const entry = await this.next();
    if (entry.type !== EntryType.close) throw new Deviation(`type ${entry.type}, a close was due`);
    const got = entry.payload.readUInt16BE(0);
    if (got !== code) throw new Deviation(`ended with ${got} instead of ${code}`);
    const text = entry.payload.subarray(2).toString();
    if (reason !== undefined && text !== reason) throw new Deviation(`the reason is ${text}`);
  }

  /** Begins a stream without taking anything from it. */
  async stream(): Promise<Stream> {
    const message = await this.#target.begin({
      method: 'GET',
      path: this.path,
      headers: this.headers(++this.#down),
    });
    if (message.statusCode !== 200)
      throw new Deviation(`a stream begins with ${message.statusCode}`);
    this.#stream = new Stream(message);
    return this.#stream;
  }

  async close(): Promise<void> {
    await this.post(Buffer.from([EntryType.close, 2, 0x03, 0xe8]));
    this.#stream?.end();
  }

  async #fetch(): Promise<WireEntry | undefined> {
    if (this.path.startsWith('/channel/streaming/')) {
      this.#stream ??= await this.stream();
      return this.#stream.next();
    }
    const { status, body } = await this.get();
    if (status !== 200) throw new Deviation(`a GET is answered with ${status}`);
    const { entries, rest } = decodeEntries(body);
    if (rest.length > 0) throw new Deviation('an answer ends within an entry');
    this.#pending = entries;
    return this.#pending.shift();
  }
}

/** An answer that goes on. */
export class Stream {
  readonly #message: IncomingMessage;
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);
  #entries: WireEntry[] = [];
  bytes = 0;

  constructor(message: IncomingMessage) {
    this.#message = message;
    this.#chunks = message[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  get headers(): IncomingHttpHeaders {
    return this.#message.headers;
  }

  async next(): Promise<WireEntry> {
    for (;;) {
      const entry = this.#entries.shift();
      if (entry !== undefined) return entry;
      const { done, value } = await this.#chunks.next();
      if (done === true) throw new Deviation('a stream ended without recycle or close');
      this.bytes += value.length;
      const { entries, rest } = decodeEntries(Buffer.concat([this.#rest, value]));
      this.#entries = entries;
      this.#rest = rest;
    }
  }

  /** Nothing may follow. */
  async expectEnd(): Promise<void> {
    const { done } = await this.#chunks.next();
    if (done !== true || this.#rest.length > 0) throw new Deviation('the stream goes on');
  }

  end(): void {
    this.#message.destroy();
  }
}
