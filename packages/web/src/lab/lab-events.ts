/**
 * What the lab says to this page: packages/pairwire/src/lab/messages.ts is the other end. The two
 * are built together; test/lab-messages.test.ts holds one against the other.
 */
export type FrameFieldName =
  | 'fin'
  | 'rsv'
  | 'opcode'
  | 'mask'
  | 'payload-length'
  | 'extended-length'
  | 'masking-key'
  | 'payload'
  | 'close-code'
  | 'close-reason';

export interface FrameField {
  readonly name: FrameFieldName;
  /** From the first bit of the frame. */
  readonly firstBit: number;
  readonly bitCount: number;
  readonly value: number;
}

/** One frame in its fields; bytes in hexadecimal, a long payload cut. */
export interface FrameDescription {
  readonly bytes: string;
  /** Unmasked. */
  readonly payload: string;
  readonly headerBytes: number;
  readonly payloadBytes: number;
  /** How much of it is there, shown or not. */
  readonly arrivedBytes: number;
  readonly fields: readonly FrameField[];
}

export interface HeadLine {
  readonly kind: 'start' | 'field' | 'end';
  /** One character for each byte, without the line end. */
  readonly text: string;
  /** In lower case. */
  readonly name?: string;
  readonly hidden?: true;
}

export type Sender = 'client' | 'server';

export type TapEvent =
  | { readonly type: 'request' | 'response'; readonly lines: readonly HeadLine[] }
  | { readonly type: 'frame'; readonly from: Sender; readonly frame: FrameDescription }
  | { readonly type: 'ended' | 'unwatched' };

/** `tap` numbers the watched connections; `atMs` counts from the beginning of the session. */
export type WatchedEvent = TapEvent & { readonly tap: number; readonly atMs: number };

/** What the engine makes of a frame. */
export type FrameOutcome =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'binary' | 'ping' | 'pong'; readonly payloadBytes: number }
  | { readonly type: 'close'; readonly code: number; readonly reason: string }
  | {
      readonly type: 'fail';
      readonly code: string;
      readonly section: string;
      readonly closeCode: number;
    };

export interface ExaminedFrame extends FrameDescription {
  readonly outcomes: readonly FrameOutcome[];
}

export interface FramesExamination {
  readonly frames: readonly ExaminedFrame[];
  /** The beginning of a header behind the last frame, in hexadecimal. */
  readonly rest: string;
  readonly state: 'open' | 'waiting' | 'closed';
}

export interface FindingText {
  readonly what: string;
  readonly advice: string;
}

/** Something the handshake doctor has found. */
export interface HandshakeFinding {
  readonly code: string;
  readonly severity: 'error' | 'warning' | 'note';
  /** RFC and section. */
  readonly section: string;
  readonly found?: string;
  readonly expected?: string;
  readonly of: 'request' | 'response';
  readonly texts: { readonly en: FindingText; readonly zh: FindingText };
}

export interface HandshakeExamination {
  readonly findings: readonly HandshakeFinding[];
  /** A client that keeps to the rules opens the connection. */
  readonly opens: boolean;
}

export type Transport = 'websocket' | 'streaming' | 'long-polling' | 'polling';

/** What went over the wire for one transport since the session began. */
export interface MeterReading {
  /** From the browser. */
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly requests: number;
}

export type LabRefusal = 'bad-request' | 'too-many' | 'too-long';

export type LabEvent =
  | { readonly type: 'session'; readonly id: string; readonly lifeMs: number }
  | WatchedEvent
  | {
      readonly type: 'meter';
      readonly atMs: number;
      readonly transports: Readonly<Partial<Record<Transport, MeterReading>>>;
    }
  | { readonly type: 'frames-examined'; readonly id: number; readonly result: FramesExamination }
  | {
      readonly type: 'handshake-examined';
      readonly id: number;
      readonly result: HandshakeExamination;
    }
  | { readonly type: 'refused'; readonly id: number; readonly reason: LabRefusal };

export type LabRequest =
  | { readonly type: 'ping' }
  | { readonly type: 'close' }
  | {
      readonly type: 'examine-frames';
      readonly id: number;
      readonly sender: Sender;
      /** In hexadecimal. */
      readonly bytes: string;
    }
  | {
      readonly type: 'examine-handshake';
      readonly id: number;
      /** In hexadecimal, like the response. */
      readonly request: string;
      readonly response: string;
    };

/** The answers to what is asked with an `id`. */
export type Examined = Extract<LabEvent, { readonly id: number }>;
