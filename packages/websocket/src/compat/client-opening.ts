/** The client's opening handshake with the options, events and error texts of `ws`. */
import { randomBytes } from 'node:crypto';
import {
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect as netConnect, isIP, type NetConnectOpts } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as tlsConnect, type ConnectionOptions as TlsOptions } from 'node:tls';

import { CompressionOffer } from '../node/compression.ts';
import type { Agreement } from '../node/connection-group.ts';
import { ignore } from '../node/refusal.ts';
import { sha1 } from '../node/sha1.ts';
import { checkResponse, encodeKey, formatExtensions, HandshakeError } from '../protocol/index.ts';
import { parseAddress, RedirectedFrom, SUBPROTOCOL, type Address } from './client-address.ts';
import { answerErrorOf } from './error-texts.ts';
import { counters } from './facade-connection.ts';
import { compressionOf, type ClientOptions } from './options.ts';
import type { SocketOptions, WebSocket } from './websocket.ts';

const MAX_REDIRECTS = 10;

/** The WebSocket that is being opened. */
export interface OpeningOwner {
  readonly readyState: number;
  openingAt(url: string): void;
  openingFailed(error: Error): void;
  agreed(agreement: Agreement): void;
  setSocket(socket: Duplex, head: Buffer, options: SocketOptions): void;
  emit(event: string, ...values: unknown[]): boolean;
  listenerCount(event: string): number;
}

export class ClientOpening {
  readonly #owner: OpeningOwner;
  readonly #options: ClientOptions;
  readonly #protocols: readonly string[];
  #request: ClientRequest | undefined;
  #timer: NodeJS.Timeout | undefined;
  #redirects = 0;
  #first: RedirectedFrom | undefined;
  /** Failed, or opened: whatever the request still has to say is of no interest. */
  #isOver = false;

  /**
   * @throws {RangeError} on another version than 13
   * @throws {SyntaxError} on a subprotocol that is no token, or twice there
   */
  constructor(owner: OpeningOwner, options: ClientOptions, protocols: readonly string[]) {
    const { protocolVersion = 13 } = options;
    if (protocolVersion !== 13) {
      throw new RangeError(
        `Unsupported protocol version: ${protocolVersion} (supported versions: 13)`,
      );
    }
    const areTokens = protocols.every((name) => typeof name === 'string' && SUBPROTOCOL.test(name));
    if (!areTokens || new Set(protocols).size !== protocols.length) {
      throw new SyntaxError('An invalid or duplicated subprotocol was specified');
    }
    this.#owner = owner;
    this.#options = options;
    this.#protocols = protocols;
  }

  /** @throws {SyntaxError} when the address is none */
  start(url: string | URL): void {
    const address = parseAddress(url);
    this.#owner.openingAt(address.url.href);
    if (this.#options.followRedirects === true) this.#first = new RedirectedFrom(address);
    this.#send(address);
  }

  /** The application does not want the connection any more. */
  abort(message: string): void {
    this.#fail(new Error(message));
  }

  #send(address: Address): void {
    const offer = new CompressionOffer(
      compressionOf(this.#options.perMessageDeflate ?? true),
      counters,
    );
    const key = encodeKey(randomBytes(16));
    const request = this.#createRequest(address, key, offer);
    this.#request = request;
    if (this.#redirects > 0) this.#owner.emit('redirect', address.url.href, request);
    const { handshakeTimeout = 0, finishRequest } = this.#options;
    if (handshakeTimeout > 0) {
      const late = (): void => this.#fail(new Error('Opening handshake has timed out'));
      this.#timer = setTimeout(late, handshakeTimeout);
    }
    const isCurrent = (): boolean => !this.#isOver && this.#request === request;
    request.on('error', (error) => {
      if (isCurrent()) this.#fail(error);
    });
    request.on('close', () => {
      if (isCurrent())
        this.#fail(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }));
    });
    request.on('response', (response) => {
      if (isCurrent()) this.#answered(address, request, response);
    });
    // Without an Upgrade header node:http takes a 101 for one of the answers before the answer.
    request.on('information', ({ statusCode }) => {
      if (isCurrent() && statusCode === 101) this.#fail(new Error('Invalid Upgrade header'));
    });
    request.on('upgrade', (response, socket, head) => {
      if (!isCurrent()) socket.destroy();
      else this.#upgraded({ key, offer }, response, socket, head);
    });
    if (finishRequest === undefined) request.end();
    else finishRequest(request, this.#owner as unknown as WebSocket);
  }

  #createRequest(address: Address, key: string, offer: CompressionOffer): ClientRequest {
    const { url, isSecure, socketPath, path } = address;
    const { origin, perMessageDeflate: _, ...others } = this.#options;
    const trusted = this.#first?.trusts(address) !== false || this.#isRedirectWatched;
    const { auth, headers = {} } = others;
    const settings: RequestOptions = {
      ...(others as RequestOptions),
      createConnection: (others.createConnection ??
        (isSecure ? connectTls : connectPlain)) as NonNullable<RequestOptions['createConnection']>,
      defaultPort: isSecure ? 443 : 80,
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? (isSecure ? 443 : 80) : Number(url.port),
      hostname: undefined,
      protocol: undefined,
      method: 'GET',
      timeout: undefined,
      socketPath,
      path,
      auth: trusted ? (this.#first?.auth ?? address.auth ?? auth) : undefined,
      headers: {
        ...(trusted ? headers : this.#first?.withoutSecrets(headers, address)),
        'Sec-WebSocket-Version': 13,
        'Sec-WebSocket-Key': key,
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        ...(offer.extensions.length > 0 && {
          'Sec-WebSocket-Extensions': formatExtensions(offer.extensions),
        }),
        ...(this.#protocols.length > 0 && { 'Sec-WebSocket-Protocol': this.#protocols.join(',') }),
        ...(origin !== undefined && { Origin: origin }),
      },
    };
    return (isSecure ? httpsRequest : httpRequest)(settings);
  }

  /** Whoever listens for `redirect` decides himself what is sent where. */
  get #isRedirectWatched(): boolean {
    return this.#redirects > 0 && this.#owner.listenerCount('redirect') > 0;
  }

  #answered(from: Address, request: ClientRequest, response: IncomingMessage): void {
    const { location } = response.headers;
    const { statusCode = 0 } = response;
    const isRedirect = location !== undefined && statusCode >= 300 && statusCode < 400;
    if (isRedirect && this.#options.followRedirects === true) {
      this.#follow(from, location, request);
    } else if (!this.#owner.emit('unexpected-response', request, response)) {
      this.#fail(new Error(`Unexpected server response: ${statusCode}`));
    }
  }

  #follow(from: Address, location: string, request: ClientRequest): void {
    this.#redirects += 1;
    if (this.#redirects > (this.#options.maxRedirects ?? MAX_REDIRECTS)) {
      this.#fail(new Error('Maximum redirects exceeded'));
      return;
    }
    clearTimeout(this.#timer);
    this.#request = undefined;
    request.destroy();
    try {
      if (!URL.canParse(location, from.url.href)) throw new SyntaxError(`Invalid URL: ${location}`);
      const address = parseAddress(new URL(location, from.url));
      this.#owner.openingAt(address.url.href);
      this.#send(address);
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #upgraded(
    { key, offer }: { readonly key: string; readonly offer: CompressionOffer },
    response: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): void {
    socket.on('error', ignore);
    this.#owner.emit('upgrade', response);
    // A listener may have closed it.
    if (this.#isOver) {
      socket.destroy();
      return;
    }
    const { statusCode = 0, rawHeaders } = response;
    const sent = { key, protocols: this.#protocols, extensions: offer.extensions };
    const check = checkResponse({ status: statusCode, headers: rawHeaders }, sent, sha1);
    const asked = { protocols: this.#protocols.length > 0, extensions: sent.extensions.length > 0 };
    const codec = check.ok ? offer.accept(check.agreement.extensions) : check.problems[0];
    if (!check.ok || codec instanceof HandshakeError) {
      socket.destroy();
      this.#fail(answerErrorOf(codec as HandshakeError, asked));
      return;
    }
    this.#settle();
    const { protocol, extensions } = check.agreement;
    this.#owner.agreed({ protocol, extensions: formatExtensions(extensions), codec });
    this.#owner.setSocket(socket, head, {});
  }

  /** The error comes in a tick of its own: `close()` may be called before listeners are there. */
  #fail(error: Error): void {
    if (this.#isOver) return;
    this.#settle();
    this.#request?.destroy();
    this.#request?.socket?.destroy();
    process.nextTick(() => this.#owner.openingFailed(error));
  }

  #settle(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }
}

function connectPlain(options: NetConnectOpts & { socketPath?: string }): Duplex {
  return netConnect({ ...options, path: options.socketPath } as NetConnectOpts);
}

function connectTls(options: TlsOptions): Duplex {
  const { host = '', servername } = options;
  const name = servername ?? (isIP(host) === 0 ? host : '');
  return tlsConnect({ ...options, path: undefined, servername: name } as TlsOptions);
}
