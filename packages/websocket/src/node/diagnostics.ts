/**
 * Events for whoever watches the process, through `node:diagnostics_channel`. Without a subscriber
 * an event costs one comparison. Names and fields are stable: docs/reference/diagnostics.md.
 *
 * No event carries what was said: neither texts nor close reasons of a peer nor header values.
 */
import { channel, type Channel } from 'node:diagnostics_channel';

import type { HandshakeError, Role } from '../protocol/index.ts';
import type { ConnectionClose, WebSocketConnection } from './websocket-connection.ts';

/** The rules this endpoint may be lax about, as in the counters `lenient…`. */
export type LenientRule = 'non-minimal-length' | 'early-frames';

interface ConnectionFields {
  readonly connection: WebSocketConnection;
  readonly role: Role;
}

export interface DiagnosticsEvents {
  open: ConnectionFields;
  /** TCP is closed and everything that came was delivered. */
  close: ConnectionFields & Pick<ConnectionClose, 'code' | 'wasClean' | 'error'>;
  /** A server refused an opening handshake. */
  refused: { readonly error: HandshakeError; readonly remoteAddress: string | undefined };
  /** `overflow` gave a message up. */
  dropped: ConnectionFields & { readonly bytes: number; readonly key: string | undefined };
  /** The heartbeat's Pong came. */
  heartbeat: ConnectionFields & { readonly roundTripMs: number };
  /** Something against a rule was let pass. */
  lenient: ConnectionFields & { readonly rule: LenientRule };
  /** A function of the application threw. */
  failed: { readonly error: unknown };
}

export type DiagnosticsName = keyof DiagnosticsEvents;

const PREFIX = 'pairwire:websocket:';

function named<N extends DiagnosticsName>(name: N): Channel<unknown, DiagnosticsEvents[N]> {
  return channel(PREFIX + name) as Channel<unknown, DiagnosticsEvents[N]>;
}

/** Check `hasSubscribers` before you make an event. */
export const diagnostics: {
  readonly [N in DiagnosticsName]: Channel<unknown, DiagnosticsEvents[N]>;
} = {
  open: named('open'),
  close: named('close'),
  refused: named('refused'),
  dropped: named('dropped'),
  heartbeat: named('heartbeat'),
  lenient: named('lenient'),
  failed: named('failed'),
};
