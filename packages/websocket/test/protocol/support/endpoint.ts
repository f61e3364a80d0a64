/** Connections under test, and what comes out of them in a form that compares well. */
import { Connection, type ConnectionOptions } from '../../../src/protocol/connection.ts';
import type { ConnectionEvent } from '../../../src/protocol/event.ts';
import type { Role } from '../../../src/protocol/frame.ts';
import { OutputSlab } from '../../../src/protocol/output-slab.ts';
import type { MessageCodec } from '../../../src/protocol/permessage-deflate.ts';
import { concat, toHex, toText } from './bytes.ts';
import { MASK, rawFrame, type RawFrame } from './raw-frame.ts';

/** `MASK` of raw-frame.ts as `applyMask` takes it. */
const FIXED_KEY = 0x3d21fa37;

export const ROLES: readonly Role[] = ['server', 'client'];

export function createConnection(
  role: Role,
  options: Partial<ConnectionOptions> = {},
  codec?: MessageCodec,
): Connection {
  return new Connection(
    {
      role,
      maxMessageBytes: 1024 * 1024,
      maxStreamBytes: 0,
      refuseNonMinimalLengths: true,
      maskingKey: () => FIXED_KEY,
      slab: new OutputSlab(),
      ...options,
    },
    codec,
  );
}

/** A frame as the peer of a connection in `role` sends it: masked towards a server. */
export function peerFrame(role: Role, frame: RawFrame): Uint8Array {
  return rawFrame(role === 'server' ? { mask: MASK, ...frame } : frame);
}

/** Events as short texts: `text Hello`, `binary 00ff`, `close 1000 bye`, `fail PW_WS_…`. */
export function describeEvent(event: ConnectionEvent): string {
  switch (event.type) {
    case 'text':
      return `text ${toText(event.payload)}`;
    case 'piece': {
      const payload = event.of === 'text' ? toText(event.payload) : toHex(event.payload);
      return `${event.first ? 'first ' : ''}${event.last ? 'last ' : ''}piece of ${event.of} ${payload}`.trimEnd();
    }
    case 'close':
      return `close ${event.code}${event.reason === '' ? '' : ` ${event.reason}`}`;
    case 'fail':
      return `fail ${event.error.code}`;
    default:
      return `${event.type} ${toHex(event.payload)}`.trimEnd();
  }
}

/** Feeds `chunks` and returns all events in order. Chunks are used up. */
export function feed(connection: Connection, ...chunks: readonly Uint8Array[]): string[] {
  const events: string[] = [];
  for (const chunk of chunks) {
    connection.receive(chunk);
    events.push(...connection.takeEvents().map(describeEvent));
  }
  return events;
}

/** All output so far, in one piece. */
export function output(connection: Connection): Uint8Array {
  return concat(...connection.takeOutput());
}
