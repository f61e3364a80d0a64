/** Why a client's opening handshake came to nothing, as far as `node:http` lets us see. */
import type { Socket } from 'node:net';

import {
  ConnectionError,
  examineResponse,
  explainFailure,
  HandshakeError,
  type FindingCode,
  type SentRequest,
  type SystemFailure,
} from '../protocol/index.ts';
import { sha1 } from './sha1.ts';

interface RequestError extends SystemFailure {
  /** The bytes that the parser of `node:http` refused. */
  readonly rawPacket?: Buffer;
}

/** For what the request reported. */
export function failureOf(
  cause: RequestError,
  sent: SentRequest,
  socket: Socket | null,
): HandshakeError | ConnectionError {
  const { code = '' } = cause;
  // node:http reports bytes that are no HTTP with codes that begin with HPE.
  if (code.startsWith('HPE_')) {
    const finding =
      code === 'HPE_HEADER_OVERFLOW' ? 'head-too-long' : mistakeIn(cause.rawPacket, sent);
    return new HandshakeError('PW_WS_RESPONSE_SYNTAX', { cause, finding });
  }
  const isCut = code === 'ECONNRESET' && (socket?.bytesRead ?? 0) > 0;
  const finding = isCut ? 'head-cut-short' : explainFailure(cause);
  return new ConnectionError('PW_WS_CONNECT', { cause, finding });
}

/** For a handshake that took too long. */
export function timeoutOf(
  socket: Socket | null,
  finding: FindingCode = waitedFor(socket),
): ConnectionError {
  return new ConnectionError('PW_WS_HANDSHAKE_TIMEOUT', { finding });
}

function waitedFor(socket: Socket | null): FindingCode {
  if (socket === null || socket.connecting) return 'host-unreachable';
  // Something came, and no end of the headers.
  return socket.bytesRead > 0 ? 'missing-blank-line' : 'no-answer';
}

/** Undefined for what other readers would take: then the code has to do. */
function mistakeIn(bytes: Buffer | undefined, sent: SentRequest): FindingCode | undefined {
  if (bytes === undefined) return undefined;
  const diagnosis = examineResponse(bytes, { sent, sha1, ending: 'closed' });
  return diagnosis?.findings.find(({ severity }) => severity === 'error')?.code;
}
