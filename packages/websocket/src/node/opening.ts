/** A client asking for a WebSocket: what the server's handshake needs of it, whatever carries it. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

import {
  buildResponse,
  checkRequest,
  formatResponse,
  type HandshakeError,
  type RequestCheck,
  type ResponseOptions,
} from '../protocol/index.ts';
import { refuse } from './refusal.ts';
import { sha1 } from './sha1.ts';

export interface Opening {
  /** As the application's functions get to see it. */
  readonly request: IncomingMessage;
  /** What carries the frames, if it comes to that. */
  readonly socket: Duplex;
  /** What came behind the request already. */
  readonly head: Buffer;
  check(): RequestCheck;
  /** Writes the answer that opens the connection. */
  accept(answer: Omit<ResponseOptions, 'sha1'>): void;
  /** Writes the answer that refuses it, and ends the socket. */
  refuse(error: HandshakeError): void;
}

/** An HTTP/1.1 request with Upgrade (RFC 6455 §4.2). */
export class UpgradeOpening implements Opening {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;

  constructor(request: IncomingMessage, socket: Duplex, head: Buffer) {
    this.request = request;
    this.socket = socket;
    this.head = head;
  }

  check(): RequestCheck {
    const { method = '', httpVersion, url = '', rawHeaders } = this.request;
    return checkRequest({ method, httpVersion, target: url, headers: rawHeaders });
  }

  accept(answer: Omit<ResponseOptions, 'sha1'>): void {
    this.socket.write(formatResponse(buildResponse({ ...answer, sha1 })), 'latin1');
  }

  refuse(error: HandshakeError): void {
    refuse(this.socket, error);
  }
}
