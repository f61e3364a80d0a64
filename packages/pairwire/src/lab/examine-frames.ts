import {
  Connection,
  OutputSlab,
  type ConnectionEvent,
  type Role,
} from '@pairwire/websocket/protocol';

import { describeFrame, toHex, type FrameDescription } from './describe-frame.ts';

/** What the engine makes of a frame. */
export type FrameOutcome =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'binary' | 'ping' | 'pong'; readonly payloadBytes: number }
  | { readonly type: 'close'; readonly code: number; readonly reason: string }
  /** The connection fails here; `section` is of RFC 6455 unless it names another one. */
  | {
      readonly type: 'fail';
      readonly code: string;
      readonly section: string;
      readonly closeCode: number;
    };

export interface ExaminedFrame extends FrameDescription {
  /** Empty while the message is unfinished, or behind a frame that ended the connection. */
  readonly outcomes: readonly FrameOutcome[];
}

export interface FramesExamination {
  readonly frames: readonly ExaminedFrame[];
  /** Bytes behind the last frame that are the beginning of a header only, in hexadecimal. */
  readonly rest: string;
  /** What the engine would do next with this connection. */
  readonly state: 'open' | 'waiting' | 'closed';
}

/** What the engine accepts unless told otherwise; what is typed is shorter anyway. */
const MAX_MESSAGE_BYTES = 1_048_576;

const slab = new OutputSlab({ blockBytes: 4_096 });

/** Lets the engine's own core read the frames, as the other end of whoever sent them. */
export function examineFrames(bytes: Uint8Array, sender: Role): FramesExamination {
  const receiver = new Connection({
    role: sender === 'client' ? 'server' : 'client',
    maxMessageBytes: MAX_MESSAGE_BYTES,
    maxStreamBytes: 0,
    refuseNonMinimalLengths: true,
    // Nothing of what it answers goes anywhere.
    maskingKey: () => 0,
    slab,
  });
  const frames: ExaminedFrame[] = [];
  let rest = bytes;
  for (;;) {
    const frame = describeFrame(rest);
    const frameBytes = frame === undefined ? rest.length : frame.headerBytes + frame.payloadBytes;
    // A copy, as the core unmasks in place.
    const chunk = Uint8Array.from(rest.subarray(0, frameBytes));
    receiver.receive(chunk);
    const outcomes = receiver.takeEvents().map(outcomeOf);
    if (frame === undefined) break;
    frames.push({ ...frame, outcomes });
    rest = rest.subarray(chunk.length);
    if (frame.arrivedBytes < frame.payloadBytes) break;
  }
  return { frames, rest: toHex(rest), state: stateOf(receiver, frames, rest) };
}

function outcomeOf(event: ConnectionEvent): FrameOutcome {
  switch (event.type) {
    case 'text':
      return { type: 'text', text: Buffer.from(event.payload).toString() };
    case 'close':
      return { type: 'close', code: event.code, reason: event.reason };
    case 'fail': {
      const { code, section, closeCode } = event.error;
      return { type: 'fail', code, section, closeCode };
    }
    case 'piece':
      // Cannot happen: `maxStreamBytes` is 0.
      return { type: 'binary', payloadBytes: event.payload.length };
    default:
      return { type: event.type, payloadBytes: event.payload.length };
  }
}

function stateOf(
  receiver: Connection,
  frames: readonly ExaminedFrame[],
  rest: Uint8Array,
): FramesExamination['state'] {
  if (receiver.state === 'closed') return 'closed';
  const last = frames.at(-1);
  const isUnfinished =
    rest.length > 0 || (last !== undefined && last.arrivedBytes < last.payloadBytes);
  return isUnfinished || receiver.heldBytes > 0 ? 'waiting' : 'open';
}
