import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

import {
  ChannelServer,
  type ChannelHandler,
  type ChannelServerOptions,
  type Packet,
  type ServerChannel,
} from '../src/server/index.ts';

/**
 * The server of `transport-contract.ts`: does what text packets tell it. Clients may live in
 * another process or in a browser, so everything that a case wants to know is asked in packets.
 *
 * `name X` names the channel, so that another one can speak about it: `pause X`, `resume X`,
 * `vanish X` (break its connection), `received X`, `peak X` (most bytes that
 * waited), `ending X` (answered when it has ended).
 * `close CODE REASON` · `say-and-close N` · `burst N BYTES` · anything else is sent back as it is.
 */
export class ContractServer {
  readonly #http: Server;
  readonly #sockets = new Map<number, Socket>();
  readonly #named = new Map<string, Party>();
  readonly #channels: ChannelServer;
  readonly #cuts = new Cuts();

  /** @param otherwise - answers requests that are not for a channel */
  constructor(options: Partial<ChannelServerOptions> = {}, otherwise?: RequestListener) {
    this.#channels = new ChannelServer({
      origins: 'dangerously-any',
      accept: (channel, request) => new Party(channel, this.#cut(channel, request), this.#named),
      ...options,
    });
    this.#http = createServer((request, response) => {
      if (this.#cuts.stops(request, response)) return;
      if (!this.#channels.handleRequest(request, response)) otherwise?.(request, response);
    });
    this.#http.on('connection', (socket) => {
      const port = socket.remotePort ?? 0;
      this.#sockets.set(port, socket);
      socket.once('close', () => this.#sockets.delete(port));
    });
    this.#channels.attach(this.#http);
  }

  /** @returns the address for `connectChannel` */
  async listen(): Promise<string> {
    this.#http.listen(0, '127.0.0.1');
    await once(this.#http, 'listening');
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  get size(): number {
    return this.#channels.size;
  }

  async close(): Promise<void> {
    await this.#channels.close({ timeoutMs: 100 });
    this.#http.close();
    this.#http.closeAllConnections();
    await once(this.#http, 'close');
  }

  /** @returns breaks the connection of a channel that is about to be opened */
  #cut(channel: ServerChannel, request: IncomingMessage): () => void {
    const port = request.socket.remotePort ?? 0;
    if (channel.transport === 'websocket') return () => void this.#sockets.get(port)?.destroy();
    return this.#cuts.prepare();
  }
}

/** Lets no request of a channel through any more, as a network that is gone does. */
class Cuts {
  readonly #gone = new Set<string>();
  readonly #open = new Map<Socket, string>();
  /** Told the id of the channel that is being opened. */
  #opening: ((id: string) => void) | undefined;

  /** To be called while a channel is opened. @returns cuts that channel off */
  prepare(): () => void {
    let channel = '';
    this.#opening = (id) => (channel = id);
    return () => {
      this.#gone.add(channel);
      for (const [socket, id] of this.#open) if (id === channel) socket.destroy();
    };
  }

  /** Sees every request. @returns true: it was cut off */
  stops(request: IncomingMessage, response: ServerResponse): boolean {
    const id = request.headers['pairwire-channel'];
    const { socket } = request;
    if (typeof id !== 'string') {
      this.#watchOpening(response);
      return false;
    }
    if (this.#gone.has(id)) {
      socket.destroy();
      return true;
    }
    this.#open.set(socket, id);
    response.once('close', () => this.#open.delete(socket));
    return false;
  }

  /** The id is in the answer, and nowhere else. */
  #watchOpening(response: ServerResponse): void {
    const end = response.end.bind(response) as (...args: unknown[]) => ServerResponse;
    response.end = (...args: unknown[]) => {
      const [, id] = /"channel":"([^"]*)"/.exec(String(args[0])) ?? [];
      if (id !== undefined) this.#opening?.(id);
      return end(...args);
    };
  }
}

class Party implements ChannelHandler {
  readonly #channel: ServerChannel;
  /** Breaks the connection. */
  readonly #vanish: () => void;
  readonly #named: Map<string, Party>;
  readonly #waiting: (() => void)[] = [];
  #received = 0;
  /** Paused until its answers have left. */
  #isHeld = false;
  #burst: { index: number; count: number; bytes: number } | undefined;
  /** How the channel ended; what was waiting for it is told. */
  #ending: string | undefined;
  #peakBytes = 0;

  constructor(channel: ServerChannel, vanish: () => void, named: Map<string, Party>) {
    this.#channel = channel;
    this.#vanish = vanish;
    this.#named = named;
  }

  packet(packet: Packet): void {
    this.#received += 1;
    if (typeof packet === 'string' && this.#command(packet)) return;
    // Whoever is slower to take answers than to ask waits, or it would be ended at the limit.
    if (this.#channel.send(packet)) return;
    this.#isHeld = true;
    this.#channel.pause();
  }

  drain(): void {
    const wasHeld = this.#isHeld;
    // Before resuming, which delivers packets that may hold it again.
    this.#isHeld = false;
    if (wasHeld) this.#channel.resume();
    this.#continueBurst();
  }

  close({ code, reason, wasClean }: Parameters<ChannelHandler['close']>[0]): void {
    this.#ending = `${code} ${wasClean} ${reason}`;
    for (const tell of this.#waiting) tell();
  }

  #command(text: string): boolean {
    const [verb = '', first = '', ...rest] = text.split(' ');
    switch (verb) {
      case 'name':
        this.#named.set(first, this);
        this.#channel.send(`named ${first}`);
        return true;
      case 'close':
        this.#channel.close(Number(first), rest.join(' '));
        return true;
      case 'say-and-close':
        for (let i = 0; i < Number(first); i++) this.#channel.send(`word ${i}`);
        this.#channel.close();
        return true;
      case 'burst':
        this.#burst = { index: 0, count: Number(first), bytes: Number(rest[0]) };
        this.#continueBurst();
        return true;
      default:
        return this.#commandAbout(this.#named.get(first), verb);
    }
  }

  #commandAbout(other: Party | undefined, verb: string): boolean {
    if (other === undefined) return false;
    switch (verb) {
      case 'pause':
        other.#channel.pause();
        this.#channel.send('paused');
        return true;
      case 'resume':
        other.#channel.resume();
        return true;
      case 'vanish':
        other.#vanish();
        return true;
      case 'received':
        this.#channel.send(String(other.#received));
        return true;
      case 'peak':
        this.#channel.send(String(other.#peakBytes));
        return true;
      case 'ending':
        other.#whenEnded((ending) => this.#channel.send(ending));
        return true;
      default:
        return false;
    }
  }

  #whenEnded(tell: (ending: string) => void): void {
    const run = () => tell(this.#ending ?? '');
    if (this.#ending === undefined) this.#waiting.push(run);
    else run();
  }

  /** Packets that begin with their number, as fast as the channel takes them. */
  #continueBurst(): void {
    const burst = this.#burst;
    if (burst === undefined) return;
    while (burst.index < burst.count) {
      const bytes = new Uint8Array(burst.bytes);
      new DataView(bytes.buffer).setUint32(0, burst.index++);
      const mayGoOn = this.#channel.send(bytes);
      this.#peakBytes = Math.max(this.#peakBytes, this.#channel.bufferedBytes);
      if (!mayGoOn) return;
    }
    this.#burst = undefined;
  }
}
