/** What passes through the relay holds neither the GUID, nor its halves, nor the names, nor a word. */
import { expect, test } from 'vitest';
import type { ConfirmPolicy } from '../src/endpoint.ts';
import { deriveLink } from '../src/link.ts';
import { FakePair } from './fake-pair.ts';

const WORDS = ['passphrase', 'butterfly', '您好世界', 'geheimnis', 'deskname', 'pocketname'];

/** Everything seen, as bytes: texts in UTF-8. */
function transcript(pair: FakePair): Buffer {
  return Buffer.concat(pair.relay.seen.map((packet) => Buffer.from(packet as string)));
}

/** How bytes might be hidden in a text: hexadecimal, and base64 at each of its three alignments. */
function disguises(bytes: Buffer): string[] {
  const hex = bytes.toString('hex');
  const base64 = [0, 1, 2].flatMap((shift) => {
    const shifted = Buffer.concat([Buffer.alloc(shift), bytes]);
    const inner = shifted.toString('base64').slice(shift === 0 ? 0 : shift + 1);
    const whole = inner.slice(0, Math.floor((bytes.length * 8 - 6) / 6) - 1);
    return [whole, whole.replaceAll('+', '-').replaceAll('/', '_')];
  });
  return [hex, hex.toUpperCase(), ...base64];
}

function find(seen: Buffer, secret: Buffer): string[] {
  const found = seen.includes(secret) ? ['raw'] : [];
  return [...found, ...disguises(secret).filter((text) => seen.includes(text))];
}

test('the search itself finds what is there, in every disguise', () => {
  const secret = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
  const encoded = ['', 'x', 'xy'].map((before) =>
    Buffer.concat([Buffer.from(before), secret, Buffer.from('!')]).toString('base64'),
  );
  for (const text of [...encoded, secret.toString('hex')]) {
    expect(find(Buffer.from(text), secret)).not.toEqual([]);
  }
  expect(find(secret, secret)).toEqual(['raw']);
});

test.each<ConfirmPolicy>(['match', 'both', 'type', 'tap'])(
  'policy %s: a whole conversation, with restarts, tells the relay nothing',
  async (confirm) => {
    const pair = new FakePair({ confirm, label: 'deskname' });
    pair.page.start();
    await pair.clock.advance(61_000);
    const { guid } = pair;
    const phone = pair.createPhone({ name: 'pocketname' });
    phone.visit();
    await pair.clock.advance(10);
    phone.claim();
    await pair.clock.advance(10);
    if (pair.page.state.phase === 'claimed') phone.chooseLook(pair.page.state.look ?? null);
    if (phone.state.phase === 'confirm') pair.page.choose(phone.state.number);
    await pair.clock.advance(1000);
    for (const word of WORDS) {
      phone.setField({ text: word, selectionStart: 0, selectionEnd: 0 });
      pair.page.setField({ text: word, selectionStart: 0, selectionEnd: 0 });
      await pair.clock.advance(60);
      phone.sendMessage(word);
      pair.page.sendMessage(word);
      if (word === WORDS[2]) pair.relay.restart();
      await pair.clock.advance(500);
    }
    expect(pair.onPage.messages.map(({ text }) => text)).toEqual(WORDS);
    expect(pair.onPhone.messages.map(({ text }) => text)).toEqual(WORDS);
    phone.disconnect();
    await pair.clock.advance(100);

    const seen = transcript(pair);
    expect(seen.length).toBeGreaterThan(2000);
    const bytes = Buffer.from(guid.replaceAll('-', ''), 'hex');
    const { psk } = deriveLink(guid);
    const secrets = [bytes, bytes.subarray(0, 8), bytes.subarray(8), Buffer.from(psk)];
    for (const secret of secrets) expect(find(seen, secret)).toEqual([]);
    const lower = seen.toString('latin1').toLowerCase();
    for (const part of [guid, ...guid.split('-').filter(({ length }) => length === 12)]) {
      expect(lower).not.toContain(part);
    }
    for (const word of WORDS) {
      for (const encoding of ['utf8', 'utf16le'] as const) {
        expect(find(seen, Buffer.from(word, encoding))).toEqual([]);
      }
    }
    pair.page.stop();
  },
);
