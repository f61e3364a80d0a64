import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { offEnglish } from '../../../src/computer/text/off-messages.en.ts';
import { offChinese } from '../../../src/computer/text/off-messages.zh.ts';
import { offText } from '../../../src/computer/text/off-text.ts';

const said = { what: 'camera', why: 'no https' };

test('what is off is told in the language of the page', () => {
  const entry = { code: 'phones-no-address', ...said };
  expect(offText('zh-CN', entry)).toEqual(offChinese['phones-no-address']);
  expect(offText('en', entry)).toEqual(offEnglish['phones-no-address']);
});

test.each(['', 'invented-later', 'constructor'])(
  'with the code "%s" the server’s own words are shown',
  (code) => {
    expect(offText('zh-CN', { code, ...said })).toEqual(said);
  },
);

test('every code that can reach a page has its words', () => {
  const reference = readFileSync(
    new URL('../../../../../docs/reference/cli.md', import.meta.url),
    'utf8',
  );
  const section = reference.split(/^## /m).find((text) => text.startsWith('What is off')) ?? '';
  const codes = Array.from(section.matchAll(/^\| `([a-z-]+)` \|/gm), ([, code]) => code);
  expect(Object.keys(offEnglish)).toEqual(codes.filter((code) => code !== 'pages-not-built'));
});
