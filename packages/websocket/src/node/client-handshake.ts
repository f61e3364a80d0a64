/** The client's opening handshake (RFC 6455 §4.1) over `node:http`. */
import { randomBytes } from 'node:crypto';
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import {
  buildRequest,
  checkResponse,
  ConnectionError,
  encodeKey,
  formatExtensions,
  HandshakeError,
  type SentRequest,
} from '../protocol/index.ts';
import { credentials, hostOf, portOf } from './client-address.ts';
import { CompressionOffer } from './compression.ts';
import {
  HandshakeAttempt,
  type HandshakeOutcome,
  type HandshakeTarget,
} from './handshake-attempt.ts';
import { clientCounters } from './counters.ts';
import { failureOf, timeoutOf } from './handshake-failure.ts';
import { connectionThrough, ProxyTunnel } from './proxy-tunnel.ts';
import { ignore } from './refusal.ts';
import { sha1 } from './sha1.ts';

export class ClientHandshake extends HandshakeAttempt {
  readonly #target: HandshakeTarget;
  readonly #sent: SentRequest;
  readonly #offer: CompressionOffer;
  readonly #prepared: (tunnel?: Socket) => ClientRequest;
  #tunnel: ProxyTunnel | undefined;
  #request: ClientRequest | undefined;

  constructor(target: HandshakeTarget, outcome: HandshakeOutcome) {
    super(outcome);
    this.#target = target;
    this.#offer = new CompressionOffer(target.options.compression, clientCounters);
    // A key is never used twice (§4.1), not even to repeat a request.
    this.#sent = {
      key: encodeKey(randomBytes(16)),
      protocols: target.protocols,
      extensions: this.#offer.extensions,
    };
    this.#prepared = prepareRequest(target, this.#sent);
    this.begin(target);
  }

  protected start(): void {
    const { url, options } = this.#target;
    if (options.proxy === undefined) {
      this.#ask();
      return;
    }
    this.#tunnel = new ProxyTunnel(options.proxy, url, {
      opened: (socket) => this.#ask(socket),
      failed: (error) => this.fail(error),
    });
  }

  protected destroy(): void {
    this.#tunnel?.abort();
    this.#request?.destroy();
  }

  protected timeoutError(): ConnectionError {
    const isAtProxy = this.#tunnel !== undefined && this.#request === undefined;
    return timeoutOf(this.#request?.socket ?? null, isAtProxy ? 'proxy-unreachable' : undefined);
  }

  #ask(tunnel?: Socket): void {
    this.#request = this.#prepared(tunnel);
    this.#listen(this.#request);
    this.#request.end();
  }

  #listen(request: ClientRequest): void {
    request.on('upgrade', (response, socket, head) => this.#answered(response, socket, head));
    // Without an Upgrade header node:http takes a 101 for one of the answers before the answer.
    request.on('information', (info) => {
      if (info.statusCode === 101) this.#judge(info.statusCode, info.rawHeaders);
    });
    request.on('response', (response) => {
      this.#judge(response.statusCode ?? 0, response.rawHeaders);
    });
    request.on('error', (cause) => this.fail(failureOf(cause, this.#sent, request.socket)));
    request.on('close', () => {
      this.fail(new ConnectionError('PW_WS_CONNECT', { finding: 'closed-before-answer' }));
    });
  }

  #answered(response: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', ignore);
    const status = response.statusCode ?? 0;
    const check = checkResponse({ status, headers: response.rawHeaders }, this.#sent, sha1);
    if (this.settled || !check.ok || response.httpVersion !== '1.1') {
      socket.destroy();
      if (!check.ok) this.fail(check.problems[0]);
      else this.fail(new HandshakeError('PW_WS_RESPONSE_SYNTAX', { finding: 'http-version' }));
      return;
    }
    const { protocol, extensions } = check.agreement;
    const codec = this.#offer.accept(extensions);
    if (codec instanceof HandshakeError) {
      socket.destroy();
      this.fail(codec);
      return;
    }
    this.open(socket, head, { protocol, extensions: formatExtensions(extensions), codec });
  }

  /** For an answer that cannot open the connection: says what is wrong with it. */
  #judge(status: number, headers: readonly string[]): void {
    const check = checkResponse({ status, headers }, this.#sent, sha1);
    this.fail(check.ok ? new HandshakeError('PW_WS_RESPONSE_SYNTAX') : check.problems[0]);
  }
}

/** @throws {TypeError} when a header must not be sent; nothing is sent before the call of the result */
function prepareRequest(
  { url, options }: HandshakeTarget,
  { key, protocols = [], extensions = [] }: SentRequest,
): (tunnel?: Socket) => ClientRequest {
  const { target, headers } = buildRequest({
    key,
    protocols,
    extensions,
    host: url.host,
    target: url.pathname + url.search,
    ...(options.origin !== undefined && { origin: options.origin }),
    headers: [...credentials(url), ...Object.entries(options.headers ?? {}).flat()],
  });
  const send = url.protocol === 'wss:' ? httpsRequest : httpRequest;
  const settings = {
    ...options.tls,
    agent: options.agent ?? false,
    host: hostOf(url),
    port: portOf(url),
    method: 'GET',
    path: target,
    headers,
  };
  return (tunnel) => {
    if (tunnel === undefined) return send(settings);
    // With an agent, even one of its own, `node:http` would not ask for the connection here.
    const createConnection = () => connectionThrough(tunnel, url, options.tls);
    return send({ ...settings, agent: undefined, createConnection });
  };
}
