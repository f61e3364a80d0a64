/** An HTTP/2 stream with an Extended CONNECT (RFC 8441), on the server. */
import { IncomingMessage } from 'node:http';
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';

import {
  buildConnectRefusal,
  buildConnectResponse,
  checkConnectRequest,
  type ConnectRequest,
  type HandshakeError,
  type HandshakeResponse,
  type RawHeaders,
  type RequestCheck,
  type ResponseOptions,
} from '../protocol/index.ts';
import { toHttp2Headers, withoutPseudoHeaders } from './http2-headers.ts';
import { ignore, LINGER_MS } from './refusal.ts';
import type { Opening } from './opening.ts';

/** Whether a stream's request is ours to answer; a CONNECT without :protocol is for a proxy. */
export function isExtendedConnect(headers: IncomingHttpHeaders): boolean {
  return headers[':method'] === 'CONNECT' && headers[':protocol'] !== undefined;
}

export class ConnectOpening implements Opening {
  readonly request: IncomingMessage;
  readonly socket: ServerHttp2Stream;
  readonly head = Buffer.alloc(0);
  readonly #connect: ConnectRequest;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, rawHeaders: RawHeaders) {
    const fields = withoutPseudoHeaders(rawHeaders);
    this.socket = stream;
    this.#connect = {
      method: headers[':method'],
      protocol: headers[':protocol'],
      scheme: headers[':scheme'],
      authority: headers[':authority'],
      path: headers[':path'],
      headers: fields,
    };
    this.request = createRequest(stream, headers, fields);
  }

  check(): RequestCheck {
    return checkConnectRequest(this.#connect);
  }

  accept(answer: Omit<ResponseOptions, 'sha1'>): void {
    this.#respond(buildConnectResponse(answer));
  }

  refuse(error: HandshakeError): void {
    const stream = this.socket;
    stream.on('error', ignore);
    if (stream.destroyed || stream.closed) return;
    const timer = setTimeout(() => stream.destroy(), LINGER_MS);
    stream.once('close', () => clearTimeout(timer));
    // What the client still sends is read and dropped, so that the stream can come to its end.
    stream.resume();
    const response = buildConnectRefusal(error);
    this.#respond(response);
    stream.end(response.body, () => stream.close(constants.NGHTTP2_NO_ERROR));
  }

  #respond({ status, headers }: HandshakeResponse): void {
    // Somebody else on this server may have answered, or reset the stream.
    if (this.socket.headersSent || this.socket.destroyed) return;
    this.socket.respond(toHttp2Headers({ ':status': status }, headers));
  }
}

/**
 * The request as over HTTP/1.1, so that one function of the application serves both: the path in
 * `url`, the authority as the Host header, and no pseudo-headers.
 */
function createRequest(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  fields: RawHeaders,
): IncomingMessage {
  const { ':authority': host, ':method': method, ':path': url } = headers;
  const socket = stream.session?.socket;
  const request = new IncomingMessage(socket as IncomingMessage['socket']);
  const named = Object.entries(headers).filter(([name]) => !name.startsWith(':'));
  request.method = method;
  request.url = url;
  request.httpVersion = '2.0';
  request.httpVersionMajor = 2;
  request.httpVersionMinor = 0;
  request.headers = { ...Object.fromEntries(named), host };
  request.rawHeaders = ['host', host ?? '', ...fields];
  return request;
}
