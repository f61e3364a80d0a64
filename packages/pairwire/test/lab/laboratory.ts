// A lab on a real HTTP server, and people who visit it.
import { once } from 'node:events';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { WebSocket } from '@pairwire/websocket';

import { createChatServer } from '../../src/cli/websocket-endpoints.ts';
import { Lab, type LabParts } from '../../src/lab/index.ts';
import type { LabEvent } from '../../src/lab/messages.ts';
import { AddressLimiter } from '../../src/relay/address-limiter.ts';
import { FakeClock } from '../relay/fake-clock.ts';

export class Laboratory {
  readonly clock = new FakeClock();
  readonly lab: Lab;
  readonly #server: Server = createServer();
  readonly #chat;

  /** Who asks counts as the client that its header `x-client` names. */
  constructor(parts: Partial<LabParts> = {}) {
    this.lab = new Lab({
      origins: 'same-host',
      clientOf: ({ headers }) => String(headers['x-client'] ?? 'somebody'),
      nowMs: () => this.clock.nowMs(),
      setTimer: (delayMs, run) => this.clock.setTimer(delayMs, run),
      createLimiter: (perMinute) => new AddressLimiter(this.clock, perMinute),
      ...parts,
    });
    this.#chat = createChatServer('same-host', (request) => this.lab.tapOf(request));
    const watched = this.lab.watch(this.#chat);
    this.#server.on('request', (request, response) => {
      if (!this.lab.handleRequest(request, response)) response.writeHead(404).end();
    });
    this.#server.on('upgrade', (request, socket, head) => {
      if (this.lab.handleUpgrade(request, socket, head)) return;
      watched.handleUpgrade(request, socket, head);
    });
  }

  async open(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Opens a session; rejects with what the server refused it with. */
  async visit(client?: string): Promise<Visitor> {
    const socket = new WebSocket(`ws://127.0.0.1:${this.port}/lab/session`, 'pairwire.lab.1', {
      ...(client !== undefined && { headers: { 'x-client': client } }),
    });
    const visitor = new Visitor(socket);
    await visitor.waitFor(({ type }) => type === 'session');
    return visitor;
  }

  /** Says a name and waits for the greeting. */
  async chat(query: string, name = 'Ada'): Promise<WebSocket> {
    const socket = new WebSocket(`ws://127.0.0.1:${this.port}/chat${query}`);
    await once(socket, 'open');
    socket.send(name);
    await once(socket, 'message');
    return socket;
  }

  /** The status of a plain request. */
  async get(path: string): Promise<number | undefined> {
    const request = httpRequest({ port: this.port, path, host: '127.0.0.1' }).end();
    const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
    response.resume();
    return response.statusCode;
  }

  async close(): Promise<void> {
    await Promise.all([this.lab.close({ timeoutMs: 500 }), this.#chat.close({ timeoutMs: 500 })]);
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** What a lab page is told. */
export class Visitor {
  readonly socket: WebSocket;
  readonly events: LabEvent[] = [];
  readonly #waiting = new Set<() => void>();
  #failure: Error | undefined;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.onmessage = ({ data }) => {
      this.events.push(JSON.parse(data as string) as LabEvent);
      for (const look of this.#waiting) look();
    };
    socket.onclose = ({ code, reason }) => {
      this.#failure = new Error(`closed: ${code} ${reason}`);
      for (const look of this.#waiting) look();
    };
  }

  get id(): string {
    const [first] = this.events;
    return first?.type === 'session' ? first.id : '';
  }

  say(request: object): void {
    this.socket.send(JSON.stringify(request));
  }

  /** The first event that fits, past or to come. */
  waitFor<Wanted extends LabEvent>(
    fits: ((event: LabEvent) => event is Wanted) | ((event: LabEvent) => boolean),
  ): Promise<Wanted> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const event = this.events.find(fits);
        if (event === undefined && this.#failure === undefined) return;
        this.#waiting.delete(look);
        if (event === undefined) reject(this.#failure ?? new Error('closed'));
        else resolve(event as Wanted);
      };
      this.#waiting.add(look);
      look();
    });
  }

  closed(): Promise<unknown> {
    return this.waitFor(() => false).catch((error: unknown) => error);
  }
}
