import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

import { ConnectionError, HandshakeError } from '../../src/protocol/errors.ts';
import { explainFailure } from '../../src/protocol/explain-handshake.ts';
import { createFinding, FINDING_CODES } from '../../src/protocol/finding.ts';
import { FINDING_TEXTS_EN } from '../../src/protocol/finding-texts-en.ts';
import { FINDING_TEXTS_ZH } from '../../src/protocol/finding-texts-zh.ts';

const PAGES = [
  {
    name: 'handshake-findings.md',
    texts: FINDING_TEXTS_EN,
    severities: { error: 'error', warning: 'warning', note: 'note' },
  },
  {
    name: 'handshake-findings.zh-CN.md',
    texts: FINDING_TEXTS_ZH,
    severities: { error: '错误', warning: '警告', note: '说明' },
  },
];

describe.each(PAGES)('docs/reference/$name', ({ name, texts, severities }) => {
  test('lists every finding with severity, section and words, and none that is not there', () => {
    const page = readFileSync(
      new URL(`../../../../docs/reference/${name}`, import.meta.url),
      'utf8',
    );
    const rows = page
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => line.slice(2, -2).split(' | '));
    const source = FINDING_CODES.map((code) => {
      const { severity, section } = createFinding(code);
      const { what, advice } = texts[code];
      return [`\`${code}\``, severities[severity], section, what, advice];
    });
    expect(rows).toEqual(source);
  });
});

describe('the words of a finding', () => {
  test.each(FINDING_CODES)('say in both languages what %s is and what to do', (code) => {
    for (const words of Object.values(FINDING_TEXTS_EN[code])) {
      expect(words).toMatch(/^[A-Z][ -~§]+\.$/);
    }
    for (const words of Object.values(FINDING_TEXTS_ZH[code])) {
      expect(words).toMatch(/\p{Script=Han}.*。$/u);
    }
  });
});

describe('an error of the opening handshake', () => {
  test('carries the likely mistake and what to do', () => {
    const error = new HandshakeError('PW_WS_RESPONSE_PROTOCOL');
    expect(error.finding).toBe('protocol-not-offered');
    expect(error.advice).toBe(FINDING_TEXTS_EN['protocol-not-offered'].advice);
  });

  test('carries the very mistake when it is known', () => {
    const finding = 'protocol-wrong-case';
    expect(new HandshakeError('PW_WS_RESPONSE_PROTOCOL', { finding })).toMatchObject({
      finding,
      advice: FINDING_TEXTS_EN[finding].advice,
    });
  });

  test('has no advice when the world failed later', () => {
    expect(new ConnectionError('PW_WS_PONG_TIMEOUT').advice).toBeUndefined();
    const { advice } = new ConnectionError('PW_WS_CONNECT', { finding: 'host-unknown' });
    expect(advice).toBe(FINDING_TEXTS_EN['host-unknown'].advice);
  });
});

describe('what the system reports', () => {
  test.each([
    ['ENOTFOUND', 'host-unknown'],
    ['ECONNREFUSED', 'connection-refused'],
    ['ETIMEDOUT', 'host-unreachable'],
    ['ECONNRESET', 'closed-before-answer'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'certificate-untrusted'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'certificate-untrusted'],
    ['CERT_HAS_EXPIRED', 'certificate-expired'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate-name'],
    ['ERR_SSL_NO_CIPHERS_AVAILABLE', 'tls-failed'],
    ['EPROTO', 'tls-failed'],
    ['EMFILE', undefined],
  ])('as %s is %s', (code, finding) => {
    expect(explainFailure({ code, message: '' })).toBe(finding);
  });

  test.each([
    ['wrong version number', 'plain-port'],
    ['packet length too long', 'plain-port'],
    ['tlsv1 alert no application protocol', 'http2-only'],
    ['certificate required', 'tls-failed'],
  ])('of TLS as "%s" is %s', (words, finding) => {
    const message = `80FC:error:0A00010B:SSL routines:ssl3_get_record:${words}:`;
    expect(explainFailure({ code: 'EPROTO', message })).toBe(finding);
    expect(explainFailure({ code: 'ERR_SSL_ANYTHING', message })).toBe(finding);
  });
});
