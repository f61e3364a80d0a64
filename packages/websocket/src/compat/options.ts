/** The options of `ws` 8, and what they come to in the engine. */
import type { Agent, ClientRequest, IncomingMessage, OutgoingHttpHeaders, Server } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { Duplex } from 'node:stream';
import type { PeerCertificate, SecureContextOptions } from 'node:tls';
import type { ZlibOptions } from 'node:zlib';

import { resolveCompression, type ResolvedCompression } from '../node/compression.ts';
import { LONGEST_DELAY_MS, resolveConnectOptions, type ResolvedLimits } from '../node/options.ts';
import type { WebSocket } from './websocket.ts';

/** permessage-deflate; what is not listed in docs/reference/ws-compat.md is ignored. */
export interface PerMessageDeflateOptions {
  serverNoContextTakeover?: boolean | undefined;
  clientNoContextTakeover?: boolean | undefined;
  serverMaxWindowBits?: number | undefined;
  clientMaxWindowBits?: number | boolean | undefined;
  zlibDeflateOptions?: ZlibOptions | undefined;
  zlibInflateOptions?: ZlibOptions | undefined;
  threshold?: number | undefined;
  concurrencyLimit?: number | undefined;
}

/** For both roles. */
export interface ConnectionOptions {
  /** Messages of one chunk may be emitted in one task. Default true. */
  allowSynchronousEvents?: boolean | undefined;
  /** Answer Pings. Default true. */
  autoPong?: boolean | undefined;
  /** How long the closing handshake may take, in ms. Default 30,000. */
  closeTimeout?: number | undefined;
  /** Longest message accepted, in bytes. Default 100 MiB; `0`: what a string can hold. */
  maxPayload?: number | undefined;
  perMessageDeflate?: boolean | PerMessageDeflateOptions | undefined;
  /** Ignored: text is always checked. */
  skipUTF8Validation?: boolean | undefined;
  /** Ignored, as the next two: what a peer can pin is bounded by the bytes it sent. */
  maxBufferedChunks?: number | undefined;
  maxFragments?: number | undefined;
  maxPendingAutoPongs?: number | undefined;
}

export type FinishRequestCallback = (request: ClientRequest, websocket: WebSocket) => void;

/** Whatever `http.request`, `https.request` and `tls.connect` take may be given, too. */
export interface ClientOptions extends ConnectionOptions, SecureContextOptions {
  /** Sent as they are, except those the opening handshake sets. */
  headers?: OutgoingHttpHeaders | undefined;
  origin?: string | undefined;
  protocols?: string | string[] | undefined;
  followRedirects?: boolean | undefined;
  maxRedirects?: number | undefined;
  handshakeTimeout?: number | undefined;
  /** Only 13 (RFC 6455). */
  protocolVersion?: number | undefined;
  agent?: Agent | boolean | undefined;
  auth?: string | null | undefined;
  createConnection?: ((options: never, created: never) => Duplex) | undefined;
  finishRequest?: FinishRequestCallback | undefined;
  family?: number | undefined;
  localAddress?: string | undefined;
  lookup?: LookupFunction | undefined;
  servername?: string | undefined;
  rejectUnauthorized?: boolean | undefined;
  checkServerIdentity?: ((host: string, certificate: PeerCertificate) => unknown) | undefined;
  /** Ignored: a masking key is unpredictable (RFC 6455 §10.3). */
  generateMask?: ((mask: Buffer) => void) | undefined;
}

export interface VerifyClientInfo<Request extends IncomingMessage = IncomingMessage> {
  origin: string;
  secure: boolean;
  req: Request;
}

export type VerifyClientCallbackSync<Request extends IncomingMessage = IncomingMessage> = (
  info: VerifyClientInfo<Request>,
) => boolean;

export type VerifyClientCallbackAsync<Request extends IncomingMessage = IncomingMessage> = (
  info: VerifyClientInfo<Request>,
  callback: (
    verified: boolean,
    code?: number,
    message?: string,
    headers?: OutgoingHttpHeaders,
  ) => void,
) => void;

export interface ServerOptions<
  Socket extends typeof WebSocket = typeof WebSocket,
  Request extends typeof IncomingMessage = typeof IncomingMessage,
> extends ConnectionOptions {
  /** One of these three. */
  port?: number | null | undefined;
  server?: Server<Request> | HttpsServer<Request> | null | undefined;
  noServer?: boolean | undefined;
  host?: string | null | undefined;
  backlog?: number | null | undefined;
  path?: string | null | undefined;
  clientTracking?: boolean | undefined;
  verifyClient?:
    | VerifyClientCallbackSync<InstanceType<Request>>
    | VerifyClientCallbackAsync<InstanceType<Request>>
    | null
    | undefined;
  handleProtocols?:
    ((protocols: Set<string>, request: InstanceType<Request>) => string | false) | null | undefined;
  WebSocket?: Socket | undefined;
}

const MAX_PAYLOAD_BYTES = 100 * 1024 * 1024;
const CLOSE_TIMEOUT_MS = 30_000;
/** V8 makes no longer string than this, in UTF-16 units. */
const LONGEST_MESSAGE_BYTES = 0x1fff_ffe8;

/**
 * The engine's limits for a connection of the facade: no heartbeat, as `ws` has none, and no bound
 * on what waits to be sent, alone or together, because `send()` has no way to refuse.
 *
 * The high-water mark of one byte makes the engine say each time when what was written has left,
 * which is when the callbacks of `send` are due.
 */
export function limitsOf(options: ConnectionOptions): ResolvedLimits {
  const { maxPayload = MAX_PAYLOAD_BYTES, closeTimeout = CLOSE_TIMEOUT_MS } = options;
  const wanted = maxPayload > 0 ? maxPayload : LONGEST_MESSAGE_BYTES;
  return resolveConnectOptions({
    maxMessageBytes: Math.min(Math.floor(wanted), LONGEST_MESSAGE_BYTES),
    closeTimeoutMs: Math.min(Math.max(0, Math.floor(closeTimeout)), LONGEST_DELAY_MS),
    pingIntervalMs: 0,
    highWaterBytes: 1,
    maxBufferedBytes: Number.MAX_SAFE_INTEGER,
    memoryBudgetBytes: 0,
  });
}

/** `ws` keeps context takeover unless told otherwise; the engine bounds what that may cost. */
export function compressionOf(
  wanted: boolean | PerMessageDeflateOptions | undefined,
): ResolvedCompression | undefined {
  if (wanted === undefined || wanted === false) return undefined;
  const options = wanted === true ? {} : wanted;
  const { threshold = 1024, zlibDeflateOptions = {} } = options;
  const { level = 6 } = zlibDeflateOptions;
  return resolveCompression({
    serverContextTakeover: options.serverNoContextTakeover !== true,
    clientContextTakeover: options.clientNoContextTakeover !== true,
    serverMaxWindowBits: windowBits(options.serverMaxWindowBits),
    clientMaxWindowBits: windowBits(options.clientMaxWindowBits),
    thresholdBytes: Math.max(0, Math.floor(threshold)),
    level: level >= 1 && level <= 9 ? Math.floor(level) : 6,
  });
}

/** zlib cannot keep a window of 2^8. */
function windowBits(wanted: number | boolean | undefined): number {
  return typeof wanted === 'number' ? Math.min(15, Math.max(9, Math.floor(wanted))) : 15;
}
