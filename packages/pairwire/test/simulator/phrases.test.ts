import { expect, test } from 'vitest';

import { phrasesIn } from '../../src/simulator/phrases.ts';

test('both languages have a sentence for every ending', () => {
  const { ended } = phrasesIn('en');
  expect(Object.keys(phrasesIn('zh').ended)).toEqual(Object.keys(ended));
  expect(Object.values(ended).every((phrase) => phrase.length > 0)).toBe(true);
});

test('numbers, names and addresses are in the sentences that take them', () => {
  for (const language of ['en', 'zh'] as const) {
    const phrases = phrasesIn(language);
    expect(phrases.number(42, 'Laptop')).toMatch(/42.*Laptop|Laptop.*42/);
    expect(phrases.choose([1, 2, 3], 'Phone')).toMatch(/Phone.*1.*2.*3.*none/);
    expect(phrases.noPhoneServer('coap://host:1')).toContain('coap://host:1');
    expect(phrases.undelivered(3)).toContain('3');
  }
});
