import { onAbort } from './abort.ts';
import { checkProtocols, parseWebSocketUrl } from './client-address.ts';
import { createCoreOptions, type ConnectionGroup } from './connection-group.ts';
import { clientCounters } from './counters.ts';
import { reportAsWarning, reportFailure } from './failures.ts';
import type { HandshakeOutcome } from './handshake-attempt.ts';
import { resolveConnectOptions, type ConnectOptions } from './options.ts';
import { SocketConnection } from './socket-connection.ts';
import { startHandshake } from './start-handshake.ts';
import type { AgreedConnection, Subprotocols } from './subprotocols.ts';
import type { WebSocketConnection } from './websocket-connection.ts';

/** Subprotocols to offer, in order of preference, each with what it sends. */
export interface TypedConnectOptions<P extends Subprotocols, C = unknown> extends Omit<
  ConnectOptions<C>,
  'protocols'
> {
  protocols: P;
}

/**
 * Opens a connection as a client (RFC 6455 §4.1) and gives what a server's handler gets: `send()` that says
 * when to wait, `pause()`, async iteration. For the interface of browsers see `WebSocket`.
 *
 * Rejects with the `HandshakeError` or `ConnectionError` that says what went wrong; TCP is closed then.
 *
 * With subprotocols as an object, name to what it sends, the connection's type follows from the name
 * that was agreed on, see `AgreedConnection`.
 *
 * @param url - `ws:`, `wss:`, `http:` or `https:`, without a fragment
 * @throws {DOMException} SyntaxError when `url` or a subprotocol is malformed
 * @throws {TypeError | RangeError} when an option is unknown or impossible
 */
export function connectWebSocket<const P extends Subprotocols, C = unknown>(
  url: string | URL,
  options: TypedConnectOptions<P, C>,
): Promise<AgreedConnection<P, C>>;
export function connectWebSocket<C = unknown>(
  url: string | URL,
  options?: ConnectOptions<C>,
): Promise<WebSocketConnection<C>>;
export function connectWebSocket<C = unknown>(
  url: string | URL,
  options: ConnectOptions<C> | TypedConnectOptions<Subprotocols, C> = {},
): Promise<WebSocketConnection<C>> {
  const target = parseWebSocketUrl(String(url));
  const protocols = namesOf(options.protocols);
  const resolved = resolveConnectOptions({ ...options, protocols });
  const { signal, handler, failed = reportAsWarning } = resolved;
  checkProtocols(protocols);
  return new Promise((resolve, reject) => {
    const opened: HandshakeOutcome['opened'] = (socket, head, agreement) => {
      const group: ConnectionGroup<C> = {
        core: createCoreOptions('client', resolved),
        limits: resolved,
        taskPerMessage: false,
        counters: clientCounters,
        failed: (error) => reportFailure(error, failed, clientCounters),
        closed: () => ignoreSignal(),
      };
      const context = resolved.context as C;
      const connection = new SocketConnection(group, socket, agreement, context, handler);
      const ignoreSignal = onAbort(signal, () => connection.terminate());
      connection.start(head);
      resolve(connection);
    };
    startHandshake({ url: target, protocols, options: resolved }, { opened, failed: reject });
  });
}

/** @throws {TypeError} when they are neither a list nor name to kind */
function namesOf(protocols: Iterable<string> | Subprotocols = []): string[] {
  if (typeof protocols === 'string') throw new TypeError('protocols must be a list or an object');
  if (Symbol.iterator in protocols) return Array.from(protocols, String);
  for (const [name, kind] of Object.entries(protocols)) {
    if (kind !== 'text' && kind !== 'binary' && kind !== 'both') {
      throw new TypeError(`protocols: '${name}' must send 'text', 'binary' or 'both'`);
    }
  }
  return Object.keys(protocols);
}
