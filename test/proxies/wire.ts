/** A piece of network between a client and a TCP server on this machine, with what may go wrong on it. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * `refusing`: new connections are reset. `stalled`: nothing is read, so buffers fill up on both
 * sides. `swallowing`: everything is read and nothing arrives, as behind a router that forgot.
 */
export type WireMode = 'passing' | 'refusing' | 'stalled' | 'swallowing';

export interface WireOptions {
  targetPort: number;
  /** Cuts a connection on which nothing was said for so long. Default: never. */
  idleMs?: number;
  /** Asked for every chunk: whether to cut its connection instead of passing it on. */
  cuts?: () => boolean;
}

export class Wire {
  /** May be changed at any time, for connections from then on. */
  targetPort: number;
  readonly #options: WireOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** To the server, by the client's. */
  readonly #servers = new Map<Socket, Socket>();
  /** Of clients that were forgotten. */
  readonly #ghosts = new WeakSet<Socket>();
  #mode: WireMode = 'passing';
  #connections = 0;

  constructor(options: WireOptions) {
    this.#options = options;
    this.targetPort = options.targetPort;
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
  }

  /** Connections made through it so far. */
  get connections(): number {
    return this.#connections;
  }

  /** Where its clients find it; 0 while it does not listen. */
  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0;
  }

  get mode(): WireMode {
    return this.#mode;
  }

  set mode(mode: WireMode) {
    const was = this.#mode;
    this.#mode = mode;
    // What was swallowed is missing from the stream: such a connection can only end.
    if (was === 'swallowing' && mode !== was) this.cutAll();
    for (const socket of this.#sockets) {
      if (mode === 'stalled') socket.pause();
      else socket.resume();
    }
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this.port;
  }

  /** Both sides see a connection that broke. */
  cutAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /**
   * The server sees every connection break, and the clients see nothing: theirs stay open, and
   * nobody hears them. So it is with a device that slept while a router or the server gave it up.
   */
  forgetClients(): void {
    for (const [client, server] of this.#servers) {
      this.#ghosts.add(client);
      server.resetAndDestroy();
    }
  }

  async close(): Promise<void> {
    this.#server.close();
    this.cutAll();
    await once(this.#server, 'close');
  }

  #accept(client: Socket): void {
    this.#connections += 1;
    if (this.#mode === 'refusing') {
      client.on('error', () => {});
      client.resetAndDestroy();
      return;
    }
    const server = connect({ port: this.targetPort, host: '127.0.0.1', allowHalfOpen: true });
    this.#servers.set(client, server);
    client.on('close', () => this.#servers.delete(client));
    this.#pass(client, server);
    this.#pass(server, client);
  }

  #pass(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.setNoDelay(true);
    if (this.#mode === 'stalled') from.pause();
    if (this.#options.idleMs !== undefined) {
      from.setTimeout(this.#options.idleMs, () => from.resetAndDestroy());
    }
    from.on('data', (chunk) => {
      if (this.#mode === 'swallowing' || this.#ghosts.has(from)) return;
      if (this.#options.cuts?.() === true) from.resetAndDestroy();
      else if (!to.write(chunk)) from.pause();
    });
    to.on('drain', () => {
      if (this.#mode !== 'stalled') from.resume();
    });
    from.on('end', () => to.end());
    from.on('error', () => {});
    from.on('close', () => {
      this.#sockets.delete(from);
      if (!this.#ghosts.has(to)) to.destroy();
    });
  }
}
