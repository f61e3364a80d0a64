/** The client's opening handshake over HTTP/2 (RFC 8441), on a session of its own or a given one. */
import {
  connect,
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';

import {
  buildConnectRequest,
  checkConnectResponse,
  ConnectionError,
  explainFailure,
  formatExtensions,
  HandshakeError,
  type ConnectRequest,
} from '../protocol/index.ts';
import { credentials } from './client-address.ts';
import { CompressionOffer } from './compression.ts';
import { clientCounters } from './counters.ts';
import {
  HandshakeAttempt,
  type HandshakeOutcome,
  type HandshakeTarget,
} from './handshake-attempt.ts';
import { toHttp2Headers } from './http2-headers.ts';
import { ignore } from './refusal.ts';

const NOTHING = Buffer.alloc(0);

export class ConnectHandshake extends HandshakeAttempt {
  readonly #target: HandshakeTarget;
  readonly #offer: CompressionOffer;
  readonly #request: ConnectRequest;
  #session: ClientHttp2Session | undefined;
  #stream: ClientHttp2Stream | undefined;

  /** @throws {TypeError} when a header must not be sent */
  constructor(target: HandshakeTarget, outcome: HandshakeOutcome) {
    super(outcome);
    const { url, protocols, options } = target;
    this.#target = target;
    this.#offer = new CompressionOffer(options.compression, clientCounters);
    this.#request = buildConnectRequest({
      isSecure: url.protocol === 'wss:',
      host: url.host,
      target: url.pathname + url.search,
      protocols,
      extensions: this.#offer.extensions,
      ...(options.origin !== undefined && { origin: options.origin }),
      headers: [...credentials(url), ...Object.entries(options.headers ?? {}).flat()],
    });
    this.begin(target);
  }

  protected start(): void {
    const { http2 } = this.#target.options;
    const session = typeof http2 === 'object' ? http2 : this.#connect();
    this.#session = session;
    void untilSettings(session).then(() => this.#ask(session));
  }

  protected destroy(): void {
    this.#stream?.close(constants.NGHTTP2_CANCEL);
    // Not from within one of its own events: Node 20 may loop then.
    if (this.#ownsSession) setImmediate((session) => session?.destroy(), this.#session);
  }

  protected timeoutError(): ConnectionError {
    const finding = this.#session?.connecting === true ? 'host-unreachable' : 'no-answer';
    return new ConnectionError('PW_WS_HANDSHAKE_TIMEOUT', { finding });
  }

  get #ownsSession(): boolean {
    return typeof this.#target.options.http2 !== 'object';
  }

  #connect(): ClientHttp2Session {
    const { url, options } = this.#target;
    const scheme = url.protocol === 'wss:' ? 'https' : 'http';
    const session = connect(`${scheme}://${url.host}`, { ...options.tls });
    session.on('error', (error) => this.#lost(error));
    return session;
  }

  #ask(session: ClientHttp2Session): void {
    if (this.settled) return;
    if (session.closed || session.destroyed) {
      this.#lost();
      return;
    }
    if (session.remoteSettings.enableConnectProtocol !== true) {
      this.fail(new HandshakeError('PW_WS_HTTP2'));
      return;
    }
    const stream = session.request(headersOf(this.#request), { endStream: false });
    this.#stream = stream;
    stream.on('error', ignore);
    stream.once('response', (headers) => this.#answered(stream, headers));
    stream.once('close', () => this.#lost());
  }

  #answered(stream: ClientHttp2Stream, headers: IncomingHttpHeaders): void {
    const { protocols } = this.#target;
    const { extensions: offered } = this.#offer;
    const answer = {
      status: Number(headers[':status']),
      headers: fieldsOf(headers),
    };
    const check = checkConnectResponse(answer, { protocols, extensions: offered });
    if (!check.ok) {
      this.fail(check.problems[0]);
      return;
    }
    const { protocol, extensions } = check.agreement;
    const codec = this.#offer.accept(extensions);
    if (codec instanceof HandshakeError) {
      this.fail(codec);
      return;
    }
    if (this.#ownsSession) stream.once('close', () => this.#session?.close());
    this.open(stream, NOTHING, { protocol, extensions: formatExtensions(extensions), codec });
  }

  /** Before SETTINGS have come, the other side may well speak no HTTP/2 at all. */
  #lost(cause?: Error & { code?: string }): void {
    const isHttp2 = this.#stream !== undefined || !this.#ownsSession;
    const finding = cause === undefined ? undefined : explainFailure(cause);
    const isForeign = finding === undefined || finding === 'http2-only';
    if (!isHttp2 && (isForeign || finding === 'closed-before-answer')) {
      this.fail(new HandshakeError('PW_WS_HTTP2', { cause }));
    } else {
      this.fail(
        new ConnectionError('PW_WS_CONNECT', { cause, finding: finding ?? 'closed-before-answer' }),
      );
    }
  }
}

const settled = new WeakMap<ClientHttp2Session, Promise<void>>();

/**
 * Resolves when the server's SETTINGS are there, or the session is lost. One promise for each
 * session, however many WebSockets wait for it.
 */
function untilSettings(session: ClientHttp2Session): Promise<void> {
  let promise = settled.get(session);
  if (promise === undefined) {
    promise = new Promise((resolve) => {
      session.once('close', resolve);
      // They are the first that a server sends (RFC 9113 §3.4), and so before its answer to a PING.
      if (session.connecting) session.once('remoteSettings', () => resolve());
      else if (session.closed || session.destroyed) resolve();
      else session.ping(() => resolve());
    });
    settled.set(session, promise);
  }
  return promise;
}

function headersOf({ headers, ...request }: ConnectRequest): OutgoingHttpHeaders {
  const pseudoHeaders = Object.entries(request).map(([name, value]) => [`:${name}`, value]);
  return toHttp2Headers(Object.fromEntries(pseudoHeaders) as OutgoingHttpHeaders, headers);
}

function fieldsOf(headers: IncomingHttpHeaders): string[] {
  return Object.entries(headers)
    .filter(([name]) => !name.startsWith(':'))
    .flatMap(([name, value]) => [value ?? []].flat().flatMap((item) => [name, item]));
}
