import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

import {
  ChannelServer,
  type ChannelHandler,
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
  readonly #http = createServer();
  readonly #sockets = new Map<number, Socket>();
  readonly #named = new Map<string, Party>();
  readonly #channels: ChannelServer;

  constructor() {
    this.#http.on('connection', (socket) => {
      const port = socket.remotePort ?? 0;
      this.#sockets.set(port, socket);
      socket.once('close', () => this.#sockets.delete(port));
    });
    this.#channels = new ChannelServer({
      origins: 'dangerously-any',
      accept: (channel, request) => {
        const port = request.socket.remotePort ?? 0;
        const vanish = () => void this.#sockets.get(port)?.destroy();
        return new Party(channel, vanish, this.#named);
      },
    }).attach(this.#http);
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
    await this.#channels.close();
    this.#http.close();
    await once(this.#http, 'close');
  }
}

class Party implements ChannelHandler {
  readonly #channel: ServerChannel;
  /** Breaks the connection. */
  readonly #vanish: () => void;
  readonly #named: Map<string, Party>;
  readonly #waiting: (() => void)[] = [];
  #received = 0;
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
    if (typeof packet !== 'string' || !this.#command(packet)) this.#channel.send(packet);
  }

  drain(): void {
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
