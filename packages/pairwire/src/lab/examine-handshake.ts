import { createHash } from 'node:crypto';

import {
  examineRequest,
  examineResponse,
  FINDING_TEXTS_EN,
  FINDING_TEXTS_ZH,
  parseExtensions,
  type Diagnosis,
  type Finding,
  type FindingText,
  type RawHeaders,
  type SentRequest,
} from '@pairwire/websocket/protocol';

/** Something the doctor has found, with the words for it in both languages. */
export interface HandshakeFinding extends Omit<Finding, 'code'> {
  readonly code: string;
  readonly of: 'request' | 'response';
  readonly texts: { readonly en: FindingText; readonly zh: FindingText };
}

export interface HandshakeExamination {
  readonly findings: readonly HandshakeFinding[];
  /** A client that keeps to the rules opens the connection. */
  readonly opens: boolean;
}

/** Lets the engine's handshake doctor read both sides of an opening handshake. */
export function examineHandshake(request: Uint8Array, response: Uint8Array): HandshakeExamination {
  const asked = examineRequest(request, 'silent');
  const sent = sentBy(asked?.headers ?? []);
  const answered = examineResponse(response, { sent, sha1, ending: 'silent' });
  return {
    findings: [...findingsOf('request', asked), ...findingsOf('response', answered)],
    opens: asked?.opens === true && answered?.opens === true && answered.status === 101,
  };
}

function findingsOf(
  of: HandshakeFinding['of'],
  diagnosis: Diagnosis | undefined,
): HandshakeFinding[] {
  return (diagnosis?.findings ?? []).map((finding) => ({
    ...finding,
    of,
    texts: { en: FINDING_TEXTS_EN[finding.code], zh: FINDING_TEXTS_ZH[finding.code] },
  }));
}

/** What the answer is to be held against, as far as the request can be read. */
function sentBy(headers: RawHeaders): SentRequest {
  const protocols = valueOf(headers, 'sec-websocket-protocol').split(',');
  return {
    key: valueOf(headers, 'sec-websocket-key'),
    protocols: protocols.map((name) => name.trim()).filter((name) => name !== ''),
    extensions: parseExtensions(valueOf(headers, 'sec-websocket-extensions')) ?? [],
  };
}

/** All values of a field as one list (RFC 9110 §5.3). */
function valueOf(headers: RawHeaders, name: string): string {
  const values = headers.filter(
    (_, index) => index % 2 === 1 && headers[index - 1]?.toLowerCase() === name,
  );
  return values.join(', ');
}

function sha1(bytes: Uint8Array): Uint8Array {
  return createHash('sha1').update(bytes).digest();
}
