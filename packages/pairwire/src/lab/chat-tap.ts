import type { IncomingMessage } from 'node:http';

import type { WebSocketConnection } from '@pairwire/websocket';
import { formatRequest, type Role } from '@pairwire/websocket/protocol';

import { describeHead } from './describe-head.ts';
import { FrameCutter } from './frame-cutter.ts';
import { LAB_LIMITS } from './limits.ts';
import type { TapEvent } from './messages.ts';
import type { SocketListener } from './tapped-socket.ts';

const HEAD_END = '\r\n\r\n';

export interface TapHost {
  /** The session adds the tap's number and the time. */
  tell(event: TapEvent): void;
  ended(): void;
}

/** Watches one connection to `/chat`, from its request to the end of TCP. */
export class ChatTap implements SocketListener {
  readonly #host: TapHost;
  readonly #cutters = { client: new FrameCutter(), server: new FrameCutter() };
  /** The beginning of the answer, in latin1; undefined once all of it is there. */
  #head: string | undefined = '';
  #events = 0;
  #isWatching = true;
  #connection: WebSocketConnection | undefined;

  /**
   * @param request - whose header block has been read already: it is put together again from what
   *   the parser kept, which is everything but white space around values
   */
  constructor(request: IncomingMessage, host: TapHost) {
    this.#host = host;
    const { method = '', httpVersion, url = '', rawHeaders } = request;
    const block = formatRequest({ method, httpVersion, target: url, headers: rawHeaders });
    this.#tell({ type: 'request', lines: describeHead(block) });
  }

  /** The opening handshake is through. */
  opened(connection: WebSocketConnection): void {
    this.#connection = connection;
  }

  received(chunk: Uint8Array): void {
    this.#frames('client', chunk);
  }

  sent(chunk: Uint8Array): void {
    if (this.#head === undefined) return this.#frames('server', chunk);
    const text = this.#head + Buffer.from(chunk).toString('latin1');
    const end = text.indexOf(HEAD_END);
    if (end === -1) {
      this.#head = text;
      return;
    }
    const headBytes = end + HEAD_END.length;
    const rest = Buffer.from(text.slice(headBytes), 'latin1');
    this.#head = undefined;
    this.#tell({ type: 'response', lines: describeHead(text.slice(0, headBytes)) });
    // What follows a refusal is its body.
    if (text.startsWith('HTTP/1.1 101 ')) this.#frames('server', rest);
    else this.#isWatching = false;
  }

  ended(): void {
    this.#host.tell({ type: 'ended' });
    this.#host.ended();
  }

  ping(): void {
    this.#connection?.ping('lab');
  }

  close(): void {
    this.#connection?.close(1000, 'lab');
  }

  #frames(from: Role, chunk: Uint8Array): void {
    if (!this.#isWatching) return;
    for (const frame of this.#cutters[from].feed(chunk)) this.#tell({ type: 'frame', from, frame });
  }

  #tell(event: TapEvent): void {
    if (!this.#isWatching) return;
    this.#events += 1;
    this.#isWatching = this.#events < LAB_LIMITS.maxEventsPerTap;
    this.#host.tell(this.#isWatching ? event : { type: 'unwatched' });
  }
}
