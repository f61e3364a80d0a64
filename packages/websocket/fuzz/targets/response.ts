import { parseExtensions } from '../../src/protocol/extension-header.ts';
import { checkResponse, type SentRequest } from '../../src/protocol/opening-handshake.ts';
import { sha1 } from '../../test/protocol/support/sha1.ts';
import { check } from '../fault.ts';
import { responseText } from '../header-grammar.ts';
import { readHttpText, valuesOf } from '../http-text.ts';
import type { Target } from '../target.ts';

/** §1.3. */
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';
const SENT: SentRequest = {
  key: 'dGhlIHNhbXBsZSBub25jZQ==',
  protocols: ['chat', 'superchat'],
  extensions: [{ name: 'permessage-deflate', parameters: [] }],
};

/** Any answer: taken exactly when a plain reading of §4.1 takes it. */
export const response: Target = {
  name: 'response',
  format: 'text',
  generate: (random) => Buffer.from(responseText(random), 'latin1'),
  run(input) {
    const { start, headers } = readHttpText(input);
    const status = Number(start[1]);
    const result = checkResponse({ status, headers }, SENT, sha1);
    check(
      result.ok === isRight(status, headers),
      'an answer is taken exactly when it is right',
      result,
    );
    if (result.ok) {
      const { protocol, extensions } = result.agreement;
      check(
        valuesOf(headers, 'sec-websocket-protocol')[0] === protocol,
        'the subprotocol is named',
      );
      check(
        extensions.every(({ name }) => name === 'permessage-deflate'),
        'only what was offered is agreed on',
      );
      return;
    }
    for (const { message, status: blamed } of result.problems) {
      check(blamed === 502 && message !== '', 'a refused answer says why', message);
    }
  },
};

/** §4.1, items 1–6, read as plainly as it can be. */
function isRight(status: number, headers: readonly string[]): boolean {
  const values = (name: string) => valuesOf(headers, name);
  const connection = values('connection').flatMap((value) => value.split(','));
  const extensions = values('sec-websocket-extensions');
  const agreed = extensions.length === 0 ? [] : parseExtensions(extensions.join(','));
  return (
    status === 101 &&
    values('upgrade').length === 1 &&
    /^websocket$/i.test(values('upgrade')[0] ?? '') &&
    connection.some((name) => /^[ \t]*upgrade[ \t]*$/i.test(name)) &&
    values('sec-websocket-accept').length === 1 &&
    values('sec-websocket-accept')[0] === ACCEPT &&
    values('sec-websocket-protocol').length === 1 &&
    /^(?:super)?chat$/.test(values('sec-websocket-protocol')[0] ?? '') &&
    agreed !== undefined &&
    agreed.every(({ name }) => name === 'permessage-deflate')
  );
}
