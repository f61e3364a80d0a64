/** What a connection does, counted and published: see counters.ts and diagnostics.ts. */
import type { ProtocolError, Role } from '../protocol/index.ts';
import type { Counters } from './counters.ts';
import { diagnostics, type LenientRule } from './diagnostics.ts';
import type { ConnectionClose, WebSocketConnection } from './websocket-connection.ts';

/** Of the group a connection belongs to. */
export interface Observed {
  readonly core: { readonly role: Role };
  readonly counters: Counters;
}

const LEDGER = {
  'non-minimal-length': 'lenientNonMinimalLengths',
  'early-frames': 'lenientEarlyFrames',
} as const satisfies Record<LenientRule, keyof Counters>;

export function observeOpen(connection: WebSocketConnection, { core, counters }: Observed): void {
  counters.connectionsOpened += 1;
  if (!diagnostics.open.hasSubscribers) return;
  diagnostics.open.publish({ connection, role: core.role });
}

export function observeClose(
  connection: WebSocketConnection,
  { core, counters }: Observed,
  { code, wasClean, error }: ConnectionClose,
): void {
  counters.connectionsClosed += 1;
  if (!wasClean) counters.connectionsFailed += 1;
  if (!diagnostics.close.hasSubscribers) return;
  const reason = error === undefined ? {} : { error };
  diagnostics.close.publish({ connection, role: core.role, code, wasClean, ...reason });
}

export function observeDrop(
  connection: WebSocketConnection,
  { core, counters }: Observed,
  { bytes, key }: { readonly bytes: number; readonly key: string | undefined },
): void {
  counters.messagesDropped += 1;
  if (!diagnostics.dropped.hasSubscribers) return;
  diagnostics.dropped.publish({ connection, role: core.role, bytes, key });
}

export function observeHeartbeat(
  connection: WebSocketConnection,
  { core }: Observed,
  roundTripMs: number,
): void {
  if (!diagnostics.heartbeat.hasSubscribers) return;
  diagnostics.heartbeat.publish({ connection, role: core.role, roundTripMs });
}

/** A rule that some let pass, and that we could be told to let pass. */
export function observeViolation({ counters }: Observed, { code }: ProtocolError): void {
  if (code === 'PW_WS_NON_MINIMAL_LENGTH') counters.refusedNonMinimalLengths += 1;
}

/** @param count - how often, since this was called last */
export function observeLenience(
  connection: WebSocketConnection,
  { core, counters }: Observed,
  rule: LenientRule,
  count: number,
): void {
  counters[LEDGER[rule]] += count;
  if (!diagnostics.lenient.hasSubscribers) return;
  diagnostics.lenient.publish({ connection, role: core.role, rule });
}
