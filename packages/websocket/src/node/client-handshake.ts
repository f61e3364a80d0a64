/** The client's opening handshake (RFC 6455 §4.1) over `node:http`. */
import { randomBytes } from 'node:crypto';
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';

import {
  buildRequest,
  checkResponse,
  ConnectionError,
  encodeKey,
  HandshakeError,
  type SentRequest,
} from '../protocol/index.ts';
import type { ResolvedClientOptions } from './options.ts';
import { ignore } from './refusal.ts';
import { sha1 } from './sha1.ts';

export interface HandshakeTarget {
  readonly url: URL;
  readonly protocols: readonly string[];
  readonly options: ResolvedClientOptions;
}

/** Exactly one of the two is called, once; after `abort`, none. */
export interface HandshakeOutcome {
  opened(socket: Duplex, head: Buffer, protocol: string): void;
  /** TCP is closed, or about to be. */
  failed(error: HandshakeError | ConnectionError): void;
}

export class ClientHandshake {
  readonly #sent: SentRequest;
  readonly #request: ClientRequest;
  readonly #outcome: HandshakeOutcome;
  readonly #timer: NodeJS.Timeout | undefined;
  #settled = false;

  constructor({ url, protocols, options }: HandshakeTarget, outcome: HandshakeOutcome) {
    this.#outcome = outcome;
    // A key is never used twice (§4.1), not even to repeat a request.
    const key = encodeKey(randomBytes(16));
    this.#sent = { key, protocols };
    const { target, headers } = buildRequest({
      key,
      protocols,
      host: url.host,
      target: url.pathname + url.search,
      ...(options.origin !== undefined && { origin: options.origin }),
      headers: [...credentials(url), ...Object.entries(options.headers ?? {}).flat()],
    });
    const send = url.protocol === 'wss:' ? httpsRequest : httpRequest;
    this.#request = send({
      ...options.tls,
      agent: options.agent ?? false,
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? (url.protocol === 'wss:' ? 443 : 80) : Number(url.port),
      method: 'GET',
      path: target,
      headers,
    });
    if (options.handshakeTimeoutMs > 0) {
      this.#timer = setTimeout(
        () => this.#fail(new ConnectionError('PW_WS_HANDSHAKE_TIMEOUT')),
        options.handshakeTimeoutMs,
      );
    }
    this.#listen();
    this.#request.end();
  }

  /** Gives up without a word. */
  abort(): void {
    this.#settle();
    this.#request.destroy();
  }

  #listen(): void {
    const request = this.#request;
    request.on('upgrade', (response, socket, head) => this.#answered(response, socket, head));
    // Without an Upgrade header node:http takes a 101 for one of the answers before the answer.
    request.on('information', (info) => {
      if (info.statusCode === 101) this.#judge(info.statusCode, info.rawHeaders);
    });
    request.on('response', (response) => {
      this.#judge(response.statusCode ?? 0, response.rawHeaders);
    });
    request.on('error', (cause) => this.#fail(this.#connectionError(cause)));
    request.on('close', () => this.#fail(new ConnectionError('PW_WS_CONNECT')));
  }

  #answered(response: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', ignore);
    const status = response.statusCode ?? 0;
    const check = checkResponse({ status, headers: response.rawHeaders }, this.#sent, sha1);
    if (this.#settled || !check.ok || response.httpVersion !== '1.1') {
      socket.destroy();
      if (!check.ok) this.#fail(check.problems[0]);
      else this.#fail(new HandshakeError('PW_WS_RESPONSE_SYNTAX'));
      return;
    }
    this.#settle();
    this.#outcome.opened(socket, head, check.agreement.protocol);
  }

  /** For an answer that cannot open the connection: says what is wrong with it. */
  #judge(status: number, headers: readonly string[]): void {
    const check = checkResponse({ status, headers }, this.#sent, sha1);
    this.#fail(check.ok ? new HandshakeError('PW_WS_RESPONSE_SYNTAX') : check.problems[0]);
  }

  /** node:http reports bytes that are no HTTP with codes that begin with HPE. */
  #connectionError(cause: Error & { code?: string }): HandshakeError | ConnectionError {
    if (cause.code?.startsWith('HPE_') === true) {
      return new HandshakeError('PW_WS_RESPONSE_SYNTAX', { cause });
    }
    return new ConnectionError('PW_WS_CONNECT', { cause });
  }

  /** A failed handshake closes TCP too. */
  #fail(error: HandshakeError | ConnectionError): void {
    if (this.#settled) return;
    this.#settle();
    this.#request.destroy();
    this.#outcome.failed(error);
  }

  #settle(): void {
    this.#settled = true;
    clearTimeout(this.#timer);
  }
}

/** User and password of the URL, as a browser sends them. */
function credentials(url: URL): string[] {
  if (url.username === '' && url.password === '') return [];
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return ['authorization', `Basic ${Buffer.from(pair).toString('base64')}`];
}
