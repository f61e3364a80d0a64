/**
 * A way through an HTTP proxy: CONNECT (RFC 9110 §9.3.6), as a client with a proxy must ask for it
 * whatever the scheme (RFC 6455 §4.1).
 */
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions as TlsConnectionOptions } from 'node:tls';

import { ConnectionError, HandshakeError } from '../protocol/index.ts';
import { basicCredentials, hostOf, portOf } from './client-address.ts';
import { ignore } from './refusal.ts';

/** The proxy a client goes through. */
export interface ProxyOptions {
  /** `http:` or `https:`; user and password, if there are any, are sent to the proxy only. */
  url: string | URL;
  /** For `https:`, as for `tls.connect`; those of the option `tls` are for the server. */
  tls?: TlsConnectionOptions;
}

export interface ResolvedProxy {
  readonly url: URL;
  readonly tls: TlsConnectionOptions;
}

/** @throws {TypeError} when it is no `http:` or `https:` URL; the message does not repeat it */
export function resolveProxy(proxy: string | URL | ProxyOptions): ResolvedProxy {
  const given = typeof proxy === 'string' || proxy instanceof URL ? { url: proxy } : proxy;
  const { url: address, tls = {}, ...unknown } = given;
  for (const name of Object.keys(unknown)) throw new TypeError(`unknown option 'proxy.${name}'`);
  const text = String(address);
  if (!URL.canParse(text)) throw new TypeError('proxy must be a URL');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new TypeError('proxy must be an http: or https: URL');
  }
  return { url, tls };
}

/** One of the two is called, once; after `abort`, none. */
export interface TunnelOutcome {
  opened(socket: Socket): void;
  failed(error: HandshakeError | ConnectionError): void;
}

export class ProxyTunnel {
  readonly #request: ClientRequest;
  readonly #outcome: TunnelOutcome;
  #settled = false;

  /** @param target - what the WebSocket is opened to */
  constructor(proxy: ResolvedProxy, target: URL, outcome: TunnelOutcome) {
    this.#outcome = outcome;
    const { url, tls } = proxy;
    // In brackets when it is an IPv6 address, and never without a port (RFC 9110 §9.3.6).
    const authority = `${target.hostname}:${portOf(target)}`;
    const credentials = basicCredentials(url);
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const host = hostOf(url);
    this.#request = send({
      // `node:https` would take the name in the Host header, which is the server's.
      servername: serverNameOf(host),
      ...tls,
      agent: false,
      host,
      port: portOf(url),
      method: 'CONNECT',
      path: authority,
      headers: {
        host: authority,
        ...(credentials !== undefined && { 'proxy-authorization': credentials }),
      },
    });
    this.#request.on('connect', (response, socket: Socket, head) =>
      this.#answered(response, socket, head),
    );
    this.#request.on('error', (cause) => this.#fail(failureOf(cause)));
    this.#request.on('close', () => this.#fail(unreachable()));
    this.#request.end();
  }

  /** Gives up without a word. */
  abort(): void {
    this.#settled = true;
    this.#request.destroy();
  }

  #answered({ statusCode = 0 }: IncomingMessage, socket: Socket, head: Buffer): void {
    socket.on('error', ignore);
    if (this.#settled || statusCode < 200 || statusCode > 299) {
      socket.destroy();
      const finding = statusCode === 407 ? 'proxy-authentication' : 'proxy-refused';
      this.#fail(new HandshakeError('PW_WS_PROXY', { finding, responseStatus: statusCode }));
      return;
    }
    this.#settled = true;
    if (head.length > 0) socket.unshift(head);
    this.#outcome.opened(socket);
  }

  #fail(error: HandshakeError | ConnectionError): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#outcome.failed(error);
  }
}

/** What `node:http` takes as the connection to a server behind a tunnel. */
export function connectionThrough(
  socket: Socket,
  target: URL,
  tls: TlsConnectionOptions | undefined,
): Socket {
  if (target.protocol !== 'wss:') return socket;
  const host = hostOf(target);
  return connectTls({ host, servername: serverNameOf(host), ...tls, socket });
}

/** A server name is never an address (RFC 6066 §3). */
function serverNameOf(host: string): string {
  return isIP(host) === 0 ? host : '';
}

function failureOf(cause: Error & { code?: string }): HandshakeError | ConnectionError {
  const { code = '' } = cause;
  // Bytes that are no HTTP, or too many of them.
  if (!code.startsWith('HPE_')) return unreachable(cause);
  const finding = code === 'HPE_HEADER_OVERFLOW' ? 'head-too-long' : 'proxy-refused';
  return new HandshakeError('PW_WS_PROXY', { cause, finding });
}

function unreachable(cause?: Error): ConnectionError {
  return new ConnectionError('PW_WS_CONNECT', { cause, finding: 'proxy-unreachable' });
}
