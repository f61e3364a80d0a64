import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import {
  ChannelServer,
  type ChannelHandler,
  type ServerChannel,
  type TransportName,
} from '@pairwire/channel/server';
import type { OriginPolicy } from '@pairwire/websocket';

import type { LabSession } from './lab-session.ts';
import { LAB_LIMITS, LabCloseCode } from './limits.ts';
import { TRANSPORTS } from './messages.ts';
import { SocketMarks } from './wire-meter.ts';

/** `/lab/<session>/<transport>/channel/…`: the part before `/channel` is the page's prefix. */
const PATH = new RegExp(`^/lab/([\\w-]{1,64})/(${TRANSPORTS.join('|')})(/channel/.*)$`);

interface Run {
  readonly session: LabSession;
  readonly transport: TransportName;
}

/**
 * Channels over any transport that return what they are sent, counted for the session that has
 * opened them: it is named in the path, as a channel's address has no other place for it.
 */
export class EchoChannels {
  readonly #sessionOf: (id: string) => LabSession | undefined;
  readonly #marks = new SocketMarks();
  readonly #channels: ChannelServer;
  readonly #runs = new WeakMap<IncomingMessage, Run>();

  constructor(origins: OriginPolicy, sessionOf: (id: string) => LabSession | undefined) {
    this.#sessionOf = sessionOf;
    this.#channels = new ChannelServer({
      origins,
      accept: (channel, request) => this.#accept(channel, request),
      maxPacketBytes: LAB_LIMITS.maxPacketBytes,
      maxChannels: LAB_LIMITS.maxSessions * LAB_LIMITS.maxChannels,
    });
  }

  /** To be shown every request of the server. @returns false: nobody has answered it */
  handleRequest(request: IncomingMessage, response: ServerResponse): boolean {
    const start = this.#marks.of(request.socket);
    this.#marks.follow(request, response);
    const run = this.#enter(request);
    if (run === undefined) return false;
    const finished = run.session.meter.add(run.transport, request.socket, start);
    response.once('close', finished);
    return this.#channels.handleRequest(request, response);
  }

  /** @returns false: not for a session that is open; nothing was done */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const start = this.#marks.of(request.socket);
    const run = this.#enter(request);
    if (run === undefined) return false;
    const finished = run.session.meter.add(run.transport, socket as Socket, start);
    socket.once('close', finished);
    return this.#channels.handleUpgrade(request, socket, head);
  }

  close(options: { code?: number; timeoutMs?: number } = {}): Promise<void> {
    return this.#channels.close(options);
  }

  /** Takes the prefix off the request's path, as a proxy would. */
  #enter(request: IncomingMessage): Run | undefined {
    const [, id = '', transport, path = ''] = PATH.exec(request.url ?? '') ?? [];
    const session = this.#sessionOf(id);
    if (session === undefined) return undefined;
    request.url = path;
    const run = { session, transport: transport as TransportName };
    this.#runs.set(request, run);
    return run;
  }

  #accept(channel: ServerChannel, request: IncomingMessage): ChannelHandler {
    const session = this.#runs.get(request)?.session;
    if (session === undefined || !session.addChannel(channel)) {
      channel.close(LabCloseCode.tooMuch, 'too-many');
      return { packet: () => {}, close: () => {} };
    }
    return {
      packet(packet) {
        if (!session.mayEcho()) channel.close(LabCloseCode.tooMuch, 'too-fast');
        else if (!channel.send(packet)) channel.pause();
      },
      drain: () => channel.resume(),
      close: () => session.removeChannel(channel),
    };
  }
}
