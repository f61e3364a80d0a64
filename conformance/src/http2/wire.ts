/**
 * HTTP/2 in the plainest way (RFC 9113 §4), for the requests that no HTTP/2 library would send.
 *
 * One TCP connection, one request, and what comes of it. Everything else is left to node:http2.
 */
import { connect } from 'node:net';
import { Deviation } from '../case.ts';
import { ANSWER_WITHIN_MS } from '../raw-peer.ts';

const FrameType = { headers: 1, rstStream: 3, settings: 4, goAway: 7 } as const;
const Flag = { ack: 1, endStream: 1, endHeaders: 4 } as const;
const FRAME_HEADER_BYTES = 9;
const ENABLE_CONNECT_PROTOCOL = 8;

export type Fields = readonly (readonly [name: string, value: string])[];

/** The engine's answer to one request. */
export type Answer =
  | { readonly type: 'status'; readonly status: number }
  | { readonly type: 'reset'; readonly code: number }
  /** GOAWAY, or the end of TCP. */
  | { readonly type: 'gone' };

/**
 * Sends one header block as it is, whatever RFC 9113 says of it.
 *
 * @param isLast - whether the request ends its stream (END_STREAM)
 */
export function askRaw(url: URL, fields: Fields, isLast = false): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(url.port || 80), url.hostname.replace(/^\[|\]$/g, ''));
    let bytes: Buffer = Buffer.alloc(0);
    const timer = setTimeout(() => done(new Deviation('no answer in time')), ANSWER_WITHIN_MS);
    const done = (outcome: Answer | Error) => {
      clearTimeout(timer);
      socket.destroy();
      if (outcome instanceof Error) reject(outcome);
      else resolve(outcome);
    };
    socket.on('close', () => done({ type: 'gone' }));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // Nobody there is no deviation of an engine: it ends the run.
      if (error.code === 'ECONNREFUSED') done(error);
    });
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      for (;;) {
        const read = decodeFrame(bytes);
        if (read === undefined) return;
        bytes = read.rest;
        const { type, flags, payload } = read;
        if (type === FrameType.settings && (flags & Flag.ack) === 0) {
          if (!enablesConnect(payload)) {
            return done(new Deviation('SETTINGS_ENABLE_CONNECT_PROTOCOL is not 1'));
          }
          socket.write(encodeFrame(FrameType.settings, Flag.ack, 0, Buffer.alloc(0)));
          const request = Flag.endHeaders | (isLast ? Flag.endStream : 0);
          socket.write(encodeFrame(FrameType.headers, request, 1, encodeHeaders(fields)));
        }
        if (type === FrameType.headers) {
          return done({ type: 'status', status: decodeStatus(payload) });
        }
        if (type === FrameType.rstStream) {
          return done({ type: 'reset', code: payload.readUInt32BE(0) });
        }
        if (type === FrameType.goAway) return done({ type: 'gone' });
      }
    });
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    socket.write(encodeFrame(FrameType.settings, 0, 0, Buffer.alloc(0)));
  });
}

function encodeFrame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

function decodeFrame(
  bytes: Buffer,
): { type: number; flags: number; payload: Buffer; rest: Buffer } | undefined {
  if (bytes.length < FRAME_HEADER_BYTES) return undefined;
  const end = FRAME_HEADER_BYTES + bytes.readUIntBE(0, 3);
  if (bytes.length < end) return undefined;
  return {
    type: bytes.readUInt8(3),
    flags: bytes.readUInt8(4),
    payload: bytes.subarray(FRAME_HEADER_BYTES, end),
    rest: bytes.subarray(end),
  };
}

function enablesConnect(settings: Buffer): boolean {
  for (let at = 0; at + 6 <= settings.length; at += 6) {
    if (settings.readUInt16BE(at) === ENABLE_CONNECT_PROTOCOL) {
      return settings.readUInt32BE(at + 2) === 1;
    }
  }
  return false;
}

/** Literals without indexing, names and values as they are (RFC 7541 §6.2.2). */
function encodeHeaders(fields: Fields): Buffer {
  const text = (value: string) => {
    const bytes = Buffer.from(value, 'latin1');
    if (bytes.length > 126) throw new RangeError('this encoder writes lengths in one byte only');
    return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  };
  const literals = fields.map(([name, value]) =>
    Buffer.concat([Buffer.from([0]), text(name), text(value)]),
  );
  return Buffer.concat(literals);
}

/** The statuses of HPACK's static table (RFC 7541 appendix A), from index 8 on. */
const STATIC_STATUSES = [200, 204, 206, 304, 400, 404, 500];
const FIRST_STATUS_INDEX = 8;

/** A response's block begins with :status (RFC 9113 §8.3.2); nothing behind it is read. */
function decodeStatus(block: Buffer): number {
  let at = 0;
  // Dynamic table size updates may precede (RFC 7541 §4.2).
  while (((block[at] ?? 0) & 0xe0) === 0x20) at++;
  const first = block[at] ?? 0;
  if ((first & 0x80) !== 0) return STATIC_STATUSES[(first & 0x7f) - FIRST_STATUS_INDEX] ?? 0;
  const length = block[at + 1] ?? 0;
  const value = block.subarray(at + 2, at + 2 + (length & 0x7f));
  return Number((length & 0x80) === 0 ? value.toString('latin1') : huffmanDigits(value));
}

/** Appendix B for three digits: 0, 1 and 2 have five bits, the others six, from 011001 on. */
function huffmanDigits(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  let digits = '';
  for (let at = 0; digits.length < 3;) {
    const short = Number.parseInt(bits.slice(at, at + 5), 2);
    digits += short <= 2 ? short : Number.parseInt(bits.slice(at, at + 6), 2) - 0b011001 + 3;
    at += short <= 2 ? 5 : 6;
  }
  return digits;
}
