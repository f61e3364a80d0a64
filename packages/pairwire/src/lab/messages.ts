/**
 * What the lab's page and the lab say to each other, as JSON over one WebSocket. Page and program
 * are built together, so this has no version: a page of another build is told `bad-request`.
 */
import type { TransportName } from '@pairwire/channel/server';
import type { Role } from '@pairwire/websocket/protocol';

import type { FrameDescription } from './describe-frame.ts';
import type { HeadLine } from './describe-head.ts';
import type { FramesExamination } from './examine-frames.ts';
import type { HandshakeExamination } from './examine-handshake.ts';
import { LAB_LIMITS } from './limits.ts';

export const LAB_SUBPROTOCOL = 'pairwire.lab.1';

export const TRANSPORTS = [
  'websocket',
  'streaming',
  'long-polling',
  'polling',
] as const satisfies readonly TransportName[];

/** What went over the wire for one transport since the session began. */
export interface MeterReading {
  /** From the client. */
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly requests: number;
}

/** What happens on a watched connection. */
export type TapEvent =
  | { readonly type: 'request' | 'response'; readonly lines: readonly HeadLine[] }
  | { readonly type: 'frame'; readonly from: Role; readonly frame: FrameDescription }
  /** TCP is closed, or the rest of the connection goes unwatched. */
  | { readonly type: 'ended' | 'unwatched' };

/** `atMs` counts from the beginning of the session; `tap` numbers its watched connections. */
export type LabEvent =
  | { readonly type: 'session'; readonly id: string; readonly lifeMs: number }
  | (TapEvent & { readonly tap: number; readonly atMs: number })
  | {
      readonly type: 'meter';
      readonly atMs: number;
      readonly transports: Readonly<Partial<Record<TransportName, MeterReading>>>;
    }
  | { readonly type: 'frames-examined'; readonly id: number; readonly result: FramesExamination }
  | {
      readonly type: 'handshake-examined';
      readonly id: number;
      readonly result: HandshakeExamination;
    }
  | { readonly type: 'refused'; readonly id: number; readonly reason: LabRefusal };

export type LabRefusal = 'bad-request' | 'too-many' | 'too-long';

export type LabRequest =
  /** Ping from the server on every watched connection; a browser cannot send one itself. */
  | { readonly type: 'ping' }
  /** Close from the server, likewise. */
  | { readonly type: 'close' }
  | {
      readonly type: 'examine-frames';
      readonly id: number;
      readonly sender: Role;
      readonly bytes: Uint8Array;
    }
  | {
      readonly type: 'examine-handshake';
      readonly id: number;
      readonly request: Uint8Array;
      readonly response: Uint8Array;
    };

export type ParsedRequest = LabRequest | { readonly type: 'refused'; readonly reason: LabRefusal };

/** Reads what the page says. Never throws; an `id` that can be read is kept for the refusal. */
export function parseLabRequest(text: string): { id: number; request: ParsedRequest } {
  const refused = (id: number, reason: LabRefusal) => ({
    id,
    request: { type: 'refused', reason } as const,
  });
  const fields = parseObject(text);
  const id = Number.isSafeInteger(fields['id']) ? (fields['id'] as number) : 0;
  switch (fields['type']) {
    case 'ping':
    case 'close':
      return { id, request: { type: fields['type'] } };
    case 'examine-frames': {
      const { sender } = fields;
      const bytes = parseHex(fields['bytes']);
      if (bytes === undefined || (sender !== 'client' && sender !== 'server')) {
        return refused(id, 'bad-request');
      }
      if (bytes.length > LAB_LIMITS.maxExaminedBytes) return refused(id, 'too-long');
      return { id, request: { type: 'examine-frames', id, sender, bytes } };
    }
    case 'examine-handshake': {
      const request = parseHex(fields['request']);
      const response = parseHex(fields['response']);
      if (request === undefined || response === undefined) return refused(id, 'bad-request');
      const isTooLong = request.length + response.length > LAB_LIMITS.maxExaminedBytes;
      if (isTooLong) return refused(id, 'too-long');
      return { id, request: { type: 'examine-handshake', id, request, response } };
    }
    default:
      return refused(id, 'bad-request');
  }
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function parseHex(value: unknown): Uint8Array | undefined {
  const isHex = typeof value === 'string' && value.length % 2 === 0 && /^[\da-f]*$/i.test(value);
  return isHex ? new Uint8Array(Buffer.from(value, 'hex')) : undefined;
}
