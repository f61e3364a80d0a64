import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';

import type { HandshakeError, HandshakeErrorCode } from '../../src/protocol/errors.ts';
import { formatResponse, type HandshakeRequest } from '../../src/protocol/http-message.ts';
import {
  buildRefusal,
  buildResponse,
  checkRequest,
  checkResponse,
  type HandshakeOffer,
} from '../../src/protocol/opening-handshake.ts';
import { negotiateDeflate } from '../../src/protocol/permessage-deflate.ts';
import { sha1 } from '../../test/protocol/support/sha1.ts';
import { check } from '../fault.ts';
import { requestText } from '../header-grammar.ts';
import { readHttpText, valuesOf } from '../http-text.ts';
import type { Target } from '../target.ts';

/** Any request: refused with reasons, or answered with what its own sender accepts (§4.2). */
export const request: Target = {
  name: 'request',
  format: 'text',
  generate: (random) => Buffer.from(requestText(random), 'latin1'),
  run(input) {
    const message = readRequest(input);
    const result = checkRequest(message);
    if (result.ok) checkAcceptance(message, result.offer);
    else for (const problem of result.problems) checkRefusal(problem);
    checkAgainstWs(message, result.ok ? [] : result.problems.map(({ code }) => code));
  },
};

export function readRequest(input: Uint8Array): HandshakeRequest {
  const { start, headers } = readHttpText(input);
  const [method = '', target = '', version = ''] = start;
  return { method, target, httpVersion: version.replace(/^HTTP\//, ''), headers };
}

function checkAcceptance({ headers }: HandshakeRequest, offer: HandshakeOffer): void {
  check(valuesOf(headers, 'sec-websocket-key').join() === offer.key, 'the key is the one sent');
  check(valuesOf(headers, 'host').join() === offer.host, 'the host is the one sent');
  const deflate = negotiateDeflate(offer.extensions, {
    serverContextTakeover: true,
    clientContextTakeover: true,
    serverMaxWindowBits: 15,
    clientMaxWindowBits: 15,
  });
  const [protocol] = offer.protocols;
  const response = buildResponse({
    offer,
    sha1,
    ...(protocol !== undefined && { protocol }),
    ...(deflate !== undefined && { extensions: [deflate.extension] }),
  });
  checkBlock(formatResponse(response), response.headers.length / 2, '');
  const { key, protocols, extensions } = offer;
  const agreed = checkResponse(response, { key, protocols, extensions }, sha1);
  check(agreed.ok, 'a client accepts the answer to its request', agreed);
}

function checkRefusal(error: HandshakeError): void {
  const { status, headers, body = '' } = buildRefusal(error);
  check(status >= 400 && status < 500, 'a bad request is the fault of its sender', status);
  const length = Number(valuesOf(headers, 'content-length')[0]);
  check(length === Buffer.byteLength(body), 'the length of a refusal is right', { length, body });
  checkBlock(formatResponse({ status, headers, body }), headers.length / 2, body);
}

/** One line per field and an empty one: nothing from outside has ended a line. */
function checkBlock(text: string, fields: number, body: string): void {
  const end = text.indexOf('\r\n\r\n');
  const lines = text.slice(0, end).split('\r\n');
  const clean = lines.length === fields + 1 && lines.every((line) => !/[\r\n\0]/.test(line));
  check(clean && text.slice(end + 4) === body, 'an answer has one line per header field', text);
}

/** What ws accepts and we refuse: ws does not look at these. */
const STRICTER_THAN_WS: ReadonlySet<HandshakeErrorCode> = new Set([
  'PW_WS_HTTP_VERSION',
  'PW_WS_TARGET',
  'PW_WS_HOST',
  'PW_WS_CONNECTION',
  'PW_WS_BODY',
  // Draft 8 is served by ws, and a version may be written 013 or 13.0.
  'PW_WS_VERSION',
  // Any 22 characters, whatever the last of them says.
  'PW_WS_KEY',
  'PW_WS_EXTENSION_SYNTAX',
  'PW_WS_ORIGIN',
]);

function checkAgainstWs(message: HandshakeRequest, problems: readonly HandshakeErrorCode[]): void {
  const accepts = isAcceptedByWs(message);
  if (accepts && problems.length > 0) {
    const known = problems.some((code) => STRICTER_THAN_WS.has(code));
    check(known, 'what only we refuse is known', problems);
  }
  if (!accepts && problems.length === 0) {
    // ws takes neither a list in Upgrade nor empty elements in a list of subprotocols.
    const fields = ['upgrade', 'sec-websocket-protocol'];
    const lists = fields.flatMap((name) => valuesOf(message.headers, name)).join();
    check(/,/.test(lists), 'what only we accept is known', message);
  }
}

let accepted = false;
const wsServer = new WebSocketServer({
  noServer: true,
  perMessageDeflate: false,
  // Asked once everything else is in order.
  verifyClient: () => {
    accepted = true;
    return false;
  },
});

function isAcceptedByWs({ method, target, headers }: HandshakeRequest): boolean {
  accepted = false;
  const socket = Object.assign(new EventEmitter(), { end() {}, destroy() {} });
  const joined = Object.create(null) as Record<string, string>;
  for (const name of headers.filter((_, index) => index % 2 === 0)) {
    const lower = name.toLowerCase();
    joined[lower] = valuesOf(headers, lower).join(', ');
  }
  const incoming = { method, url: target, headers: joined, socket } as unknown as IncomingMessage;
  wsServer.handleUpgrade(incoming, socket as unknown as Duplex, Buffer.alloc(0), () => {});
  return accepted;
}
