import { isUtf8 } from 'node:buffer';

import {
  OutputSlab,
  type ConnectionOptions,
  type ProtocolError,
  type Role,
} from '../protocol/index.ts';
import type { DeflateCodec } from './deflate-codec.ts';
import type { Counters } from './counters.ts';
import { nextMaskingKey } from './masking-keys.ts';
import { bufferOver } from './message.ts';
import type { ResolvedLimits } from './options.ts';
import type { SocketConnection } from './socket-connection.ts';

/** What all connections of a server, or the one of a client, have in common. */
export interface ConnectionGroup<C> {
  readonly core: ConnectionOptions;
  readonly limits: ResolvedLimits;
  /**
   * Deliver each message in a task of its own: everything that was waiting for one has run before
   * the next comes. The answers to one chunk leave together all the same.
   */
  readonly taskPerMessage: boolean;
  readonly counters: Counters;
  /** A handler threw. */
  failed(error: unknown): void;
  /** The peer broke the protocol or a limit; `close` comes when TCP has ended. */
  failing?(connection: SocketConnection<C>, error: ProtocolError): void;
  /** The peer's Close frame came. */
  peerClosing?(connection: SocketConnection<C>): void;
  /** TCP is closed. */
  closed(connection: SocketConnection<C>): void;
}

/** What the opening handshake agreed on. */
export interface Agreement {
  /** The subprotocol, or `''`. */
  readonly protocol: string;
  /** As the answer's header names them, or `''`. */
  readonly extensions: string;
  /** Set when permessage-deflate is among them; the connection closes it. */
  readonly codec: DeflateCodec | undefined;
}

/** Outgoing frames of all connections of this process. */
export const slab = new OutputSlab({
  allocate: (lengthBytes) => Buffer.allocUnsafeSlow(lengthBytes),
  encodeTextInto: (text, target, offset) => bufferOver(target).write(text, offset),
  textLength: (text) => Buffer.byteLength(text),
});

export function createCoreOptions(role: Role, limits: ResolvedLimits): ConnectionOptions {
  return {
    role,
    maxMessageBytes: limits.maxMessageBytes,
    maxStreamBytes: limits.maxStreamBytes,
    refuseNonMinimalLengths: limits.refuseNonMinimalLengths,
    maskingKey: nextMaskingKey,
    slab,
    isUtf8,
  };
}
