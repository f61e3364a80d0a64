import type { Diagnosis, Ending } from '../../src/protocol/diagnosis.ts';
import { examineRequest } from '../../src/protocol/examine-request.ts';
import { examineResponse } from '../../src/protocol/examine-response.ts';
import {
  checkRequest,
  checkResponse,
  type SentRequest,
} from '../../src/protocol/opening-handshake.ts';
import type { DeflateOptions } from '../../src/protocol/permessage-deflate.ts';
import { sha1 } from '../../test/protocol/support/sha1.ts';
import { check } from '../fault.ts';
import { requestText, responseText } from '../header-grammar.ts';
import type { Random } from '../random.ts';
import type { Target } from '../target.ts';

/** §1.3. */
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

const BARE: SentRequest = { key: KEY };
const RICH: SentRequest = {
  key: KEY,
  protocols: ['chat', 'superchat'],
  extensions: [{ name: 'permessage-deflate', parameters: [] }],
};
const DEFLATE: DeflateOptions = {
  serverContextTakeover: true,
  clientContextTakeover: true,
  serverMaxWindowBits: 15,
  clientMaxWindowBits: 15,
};

const ENDINGS: readonly Ending[] = ['open', 'silent', 'closed'];

/** What is on the wire is shown in so many characters, an escape and the sign of a cut included. */
const MAX_SHOWN = 125;
/** As many header bytes as are read of any message. */
const MAX_HEAD_BYTES = 16_384 + 1_024;

/** Any bytes, read as an answer and as a request: a diagnosis, always the same, of bounded size. */
export const doctor: Target = {
  name: 'doctor',
  format: 'text',
  generate: (random) =>
    Buffer.from(
      spoil(random.chance(0.7) ? responseText(random) : requestText(random), random),
      'latin1',
    ),
  run(input) {
    for (const ending of ENDINGS) {
      for (const sent of [BARE, RICH]) {
        const deflate = sent === RICH ? DEFLATE : undefined;
        const examine = () => examineResponse(input, { sent, sha1, ending, deflate });
        const diagnosis = examineTwice(examine, ending);
        if (diagnosis?.opens === true) checkOpens(diagnosis, sent);
      }
      const diagnosis = examineTwice(() => examineRequest(input, ending), ending);
      if (diagnosis?.opens === true) checkRequestOpens(input, diagnosis);
    }
  },
};

/** What is broken about a message as a whole; the grammar breaks its fields. */
function spoil(text: string, random: Random): string {
  const spoiled = random.pick([
    () => text,
    () => text.replaceAll('\r\n', '\n'),
    () => text.replace(/\r\n\r\n$/, '\r\n'),
    () => text.replace(/\r\n\r\n$/, ''),
    () => `\r\n${text}`,
    () => `\u00ef\u00bb\u00bf${text}`,
    () => `${text}\r\n`,
    () => `${text}\u0081\u0002hi`,
    () => text.replace(': ', ' : '),
    () => text.replace('\r\n', '\r\n folded\r\n'),
    () => text.replace(/HTTP\/1\.1/, 'HTTP/1.0'),
    () => text.replace('\r\n', `\r\nCookie: ${'x'.repeat(20_000)}\r\n`),
    () => `\u0015\u0003\u0001\u0000\u0002\u0002\u0016${text}`,
    () => `\u0000\u0000\u0000\u0004\u0000\u0000\u0000\u0000\u0000${text}`,
  ]);
  return spoiled();
}

function examineTwice(examine: () => Diagnosis | undefined, ending: Ending): Diagnosis | undefined {
  const diagnosis = examine();
  const again = examine();
  const isSame = JSON.stringify(diagnosis) === JSON.stringify(again);
  check(isSame, 'the same bytes have the same diagnosis', { diagnosis, again });
  if (diagnosis === undefined) {
    check(ending === 'open', 'what is over has a diagnosis', ending);
    return undefined;
  }
  checkFindings(diagnosis);
  return diagnosis;
}

function checkFindings({ findings, opens, headers }: Diagnosis): void {
  const codes = findings.map(({ code }) => code);
  check(new Set(codes).size === codes.length, 'a mistake is named once', codes);
  const hasError = findings.some(({ severity }) => severity === 'error');
  check(opens === !hasError, 'it opens when no finding is an error', codes);
  for (const { code, found = '', expected = '' } of findings) {
    check(/^[ -~]*…?$/.test(found), 'what is shown is printable', { code, found });
    check(found.length <= MAX_SHOWN, 'what is shown is short', { code, found });
    check(expected.length <= 2 * MAX_SHOWN, 'what should be there is short', { code, expected });
  }
  const length = headers.join('').length;
  check(length <= MAX_HEAD_BYTES, 'no more headers than are read', length);
}

function checkOpens({ status, headers }: Diagnosis, sent: SentRequest): void {
  const { ok } = checkResponse({ status: status ?? 0, headers }, sent, sha1);
  check(ok, 'a client takes the answer of which the doctor says that it opens', headers);
}

function checkRequestOpens(input: Uint8Array, { headers }: Diagnosis): void {
  const text = Buffer.from(input).toString('latin1');
  const target = /[!-~]+ ([!-~]+) HTTP\/1\.1/.exec(text)?.[1] ?? '';
  const { ok } = checkRequest({ method: 'GET', target, httpVersion: '1.1', headers });
  check(ok, 'a server takes the request of which the doctor says that it opens', headers);
}
