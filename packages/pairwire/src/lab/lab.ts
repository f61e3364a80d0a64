import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

import {
  HandshakeError,
  WebSocketServer,
  type OriginPolicy,
  type WebSocketConnection,
} from '@pairwire/websocket';

import type { ChatTap } from './chat-tap.ts';
import { EchoChannels } from './echo-channels.ts';
import { LabSession } from './lab-session.ts';
import { LAB_LIMITS, LabCloseCode } from './limits.ts';
import { LAB_SUBPROTOCOL } from './messages.ts';
import { TappedSocket } from './tapped-socket.ts';

/** So many per minute and client. */
export interface ClientLimiter {
  /** @returns 0 when granted, otherwise the milliseconds until it would be */
  take(client: string): number;
}

export interface LabParts {
  readonly origins: OriginPolicy;
  /** Who counts as one client. */
  clientOf(request: IncomingMessage): string;
  /** Milliseconds that never run backwards. */
  nowMs(): number;
  /** @returns a function that cancels */
  setTimer(delayMs: number, run: () => void): () => void;
  createLimiter(perMinute: number): ClientLimiter;
}

/** What the upgrade of a WebSocket endpoint looks like. */
export interface UpgradeHandler {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** One page's place in the lab. */
interface Seat {
  readonly client: string;
  session: LabSession | undefined;
  cancelLife: () => void;
}

/** Where the page holds its session. */
const LAB_SESSION_PATH = '/lab/session';

/**
 * The server's part of the page `/lab`: sessions, and what they show. A session is a WebSocket of
 * the page. It is told the bytes of those connections to `/chat` that name its id, and of no other.
 */
export class Lab {
  readonly #parts: LabParts;
  readonly #sockets: WebSocketServer<Seat>;
  readonly #channels: EchoChannels;
  readonly #openings: ClientLimiter;
  readonly #examinations: ClientLimiter;
  readonly #sessions = new Map<string, LabSession>();
  readonly #seats = new Map<string, number>();
  readonly #taps = new WeakMap<IncomingMessage, ChatTap>();

  constructor(parts: LabParts) {
    this.#parts = parts;
    this.#openings = parts.createLimiter(LAB_LIMITS.sessionsPerMinuteAndClient);
    this.#examinations = parts.createLimiter(LAB_LIMITS.examinationsPerMinuteAndClient);
    this.#channels = new EchoChannels(parts.origins, (id) => this.#sessions.get(id));
    this.#sockets = new WebSocketServer<Seat>({
      origins: parts.origins,
      protocols: [LAB_SUBPROTOCOL],
      maxConnections: LAB_LIMITS.maxSessions,
      maxMessageBytes: LAB_LIMITS.maxRequestBytes,
      authorize: (request) => this.#admit(request),
      handler: {
        open: (connection) => this.#open(connection),
        message: (connection, message) => {
          if (message.type !== 'text') return connection.close(1003, 'a request is text');
          connection.context.session?.received(message.data);
        },
        close: (connection) => this.#close(connection.context),
      },
    });
  }

  /** Sessions open now. */
  get size(): number {
    return this.#sessions.size;
  }

  /**
   * To be shown every request of the server, also those of others, or bytes are counted wrongly.
   *
   * @returns false: not a path of the lab; nothing was answered
   */
  handleRequest(request: IncomingMessage, response: ServerResponse): boolean {
    return this.#channels.handleRequest(request, response);
  }

  /** @returns false: not a path of the lab; nothing was done */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    if (this.#channels.handleUpgrade(request, socket, head)) return true;
    if (pathOf(request) !== LAB_SESSION_PATH) return false;
    this.#sockets.handleUpgrade(request, socket, head);
    return true;
  }

  /** Serves an endpoint, and shows each connection to the session it names by `?lab=`. */
  watch(endpoint: UpgradeHandler): UpgradeHandler {
    return {
      handleUpgrade: (request, socket, head) => {
        const tap = this.#sessionOf(request)?.tap(request);
        if (tap === undefined) return endpoint.handleUpgrade(request, socket, head);
        this.#taps.set(request, tap);
        if (head.length > 0) tap.received(head);
        endpoint.handleUpgrade(request, new TappedSocket(socket, tap), head);
      },
    };
  }

  /** Who watches the connection that this request opened, if anybody does. */
  tapOf(request: IncomingMessage): ChatTap | undefined {
    return this.#taps.get(request);
  }

  /** Ends all sessions and waits until their sockets are gone. */
  async close(options: { code?: number; timeoutMs?: number } = {}): Promise<void> {
    await Promise.all([this.#sockets.close(options), this.#channels.close(options)]);
  }

  #admit(request: IncomingMessage): Seat {
    const client = this.#parts.clientOf(request);
    const retryAfterMs = this.#openings.take(client);
    const taken = this.#seats.get(client) ?? 0;
    if (retryAfterMs > 0 || taken >= LAB_LIMITS.maxSessionsPerClient) {
      throw new HandshakeError('PW_WS_TOO_MANY', { retryAfterMs: Math.max(retryAfterMs, 1_000) });
    }
    return { client, session: undefined, cancelLife: () => {} };
  }

  #open(connection: WebSocketConnection<Seat>): void {
    const seat = connection.context;
    this.#seats.set(seat.client, (this.#seats.get(seat.client) ?? 0) + 1);
    const session = new LabSession({
      id: randomBytes(16).toString('base64url'),
      nowMs: () => this.#parts.nowMs(),
      setTimer: (delayMs, run) => this.#parts.setTimer(delayMs, run),
      mayExamine: () => this.#examinations.take(seat.client) === 0,
      send: (event) => void connection.send(JSON.stringify(event)),
    });
    seat.session = session;
    seat.cancelLife = this.#parts.setTimer(LAB_LIMITS.sessionLifeMs, () => {
      connection.close(LabCloseCode.expired, 'expired');
    });
    this.#sessions.set(session.id, session);
  }

  #close({ client, session, cancelLife }: Seat): void {
    cancelLife();
    if (session === undefined) return;
    session.end();
    this.#sessions.delete(session.id);
    const left = (this.#seats.get(client) ?? 1) - 1;
    if (left > 0) this.#seats.set(client, left);
    else this.#seats.delete(client);
  }

  #sessionOf({ url = '' }: IncomingMessage): LabSession | undefined {
    const [, query = ''] = url.split('?', 2);
    const id = new URLSearchParams(query).get('lab');
    return id === null ? undefined : this.#sessions.get(id);
  }
}

function pathOf({ url = '' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '';
}
