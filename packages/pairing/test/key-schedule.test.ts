/**
 * docs/protocol/pairing.md §5 and §6 against RFC 9180's vectors, our own frozen ones, and an
 * independent implementation of HPKE.
 */
import { Chacha20Poly1305 } from '@hpke/chacha20poly1305';
import { CipherSuite as OtherSuite, HkdfSha256 } from '@hpke/core';
import { DhkemX25519HkdfSha256 } from '@hpke/dhkem-x25519';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { encodeUtf8 } from '../src/utf8.ts';
import type { Answer } from '../src/introduction.ts';
import { answerHello, createOffer, createSuite, sendHello } from '../src/key-schedule.ts';
import { deriveLink } from '../src/link.ts';
import { Direction, RecordOpener, RecordSealer } from '../src/record.ts';
import { seededBytes } from './fake-environment.ts';
import { fromHex, toHex } from './hex.ts';
import { makeVectors } from './vectors/make-pairing-1.mjs';
import ours from './vectors/pairing-1.json' with { type: 'json' };
import rfc from './vectors/rfc9180-a2-psk.json' with { type: 'json' };

const other = new OtherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Chacha20Poly1305(),
});

/** Gives out these bytes in turn, and fails when asked for more. */
function scripted(...values: string[]): (length: number) => Uint8Array {
  return (length) => {
    const bytes = fromHex(values.shift() ?? '');
    if (bytes.length !== length) throw new Error(`nobody foresaw ${length} random bytes here`);
    return bytes;
  };
}

const answer = JSON.parse(ours.answer) as Answer;
const introduction = JSON.parse(ours.hello) as {
  name: string;
  language: string;
  versions: number[];
};

async function handshake(seed = 1) {
  const suite = createSuite(seededBytes(seed));
  const secrets = deriveLink(ours.guid);
  const offer = await createOffer(suite, secrets);
  const hello = await sendHello(suite, secrets, offer.publicKey, introduction);
  if (!hello) throw new Error('the key was refused');
  return { suite, secrets, offer, ...hello };
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('RFC 9180 appendix A.2.2, psk mode', () => {
  const options = { info: fromHex(rfc.info), psk: fromHex(rfc.psk), pskId: fromHex(rfc.psk_id) };
  const plaintext = fromHex(rfc.pt);

  test('our suite derives the key pairs, the ciphertexts and the exported values', async () => {
    const suite = createSuite(scripted(rfc.ikmE));
    const recipientKeys = await suite.DeriveKeyPair(fromHex(rfc.ikmR), true);
    expect(toHex(await suite.SerializePublicKey(recipientKeys.publicKey))).toBe(rfc.pkRm);
    expect(toHex(await suite.SerializePrivateKey(recipientKeys.privateKey))).toBe(rfc.skRm);
    const ephemeral = await suite.DeriveKeyPair(fromHex(rfc.ikmE), true);
    expect(toHex(await suite.SerializePrivateKey(ephemeral.privateKey))).toBe(rfc.skEm);

    const { encapsulatedSecret, ctx } = await suite.SetupSender(recipientKeys.publicKey, options);
    expect(toHex(encapsulatedSecret)).toBe(rfc.enc);
    const recipient = await suite.SetupRecipient(recipientKeys, encapsulatedSecret, options);
    const ciphertexts: string[] = [];
    for (let seq = 0; seq <= 256; seq += 1) {
      const sealed = await ctx.Seal(plaintext, encodeUtf8(`Count-${seq}`));
      ciphertexts.push(toHex(sealed));
      expect(await recipient.Open(sealed, encodeUtf8(`Count-${seq}`))).toEqual(plaintext);
    }
    for (const { seq, aad, ct } of rfc.encryptions) {
      expect(toHex(encodeUtf8(`Count-${seq}`))).toBe(aad);
      expect(ciphertexts[seq]).toBe(ct);
    }
    for (const { context, value } of rfc.exports) {
      expect(toHex(await ctx.Export(fromHex(context), 32))).toBe(value);
      expect(toHex(await recipient.Export(fromHex(context), 32))).toBe(value);
    }
  });

  test('an independent implementation computes the same values', async () => {
    const keys = await other.kem.deriveKeyPair(fromHex(rfc.ikmR));
    const publicBytes = await other.kem.serializePublicKey(keys.publicKey);
    expect(toHex(new Uint8Array(publicBytes))).toBe(rfc.pkRm);
    const sender = await other.createSenderContext({
      recipientPublicKey: keys.publicKey,
      info: options.info,
      psk: { id: options.pskId, key: options.psk },
      ekm: await other.kem.deriveKeyPair(fromHex(rfc.ikmE)),
    });
    expect(toHex(new Uint8Array(sender.enc))).toBe(rfc.enc);
    const ciphertexts: string[] = [];
    for (let seq = 0; seq <= 256; seq += 1) {
      const sealed = await sender.seal(plaintext, encodeUtf8(`Count-${seq}`));
      ciphertexts.push(toHex(new Uint8Array(sealed)));
    }
    for (const { seq, ct } of rfc.encryptions) expect(ciphertexts[seq]).toBe(ct);
    for (const { context, value } of rfc.exports) {
      expect(toHex(new Uint8Array(await sender.export(fromHex(context), 32)))).toBe(value);
    }
  });
});

describe('the frozen vectors of version 1', () => {
  test('are what an independent implementation computes', async () => {
    expect(await makeVectors()).toEqual(ours);
  });

  async function bothSides() {
    const { ikm } = ours;
    const secrets = deriveLink(ours.guid);
    const pageSuite = createSuite(scripted(ikm.page, ikm.pageEphemeral));
    const offer = await createOffer(pageSuite, secrets);
    const phoneSuite = createSuite(scripted(ikm.phone, ikm.phoneEphemeral));
    const hello = await sendHello(phoneSuite, secrets, offer.publicKey, introduction);
    const answered = hello && (await answerHello(pageSuite, offer, hello.msg1, answer));
    const finished = answered && (await hello?.finish(answered.msg2));
    if (!hello || !answered || !finished) throw new Error('the handshake failed');
    return { offer, hello, answered, page: answered.handshake, phone: finished };
  }

  test('page and phone make msg1 and msg2 to the byte (§5)', async () => {
    const { offer, hello, answered } = await bothSides();
    expect(toHex(offer.publicKey)).toBe(ours.pkP);
    expect(toHex(hello.msg1)).toBe(ours.msg1);
    expect(toHex(answered.msg2)).toBe(ours.msg2);
  });

  test('both come to the same numbers, resume and remember secrets (§6, §10, §16.1)', async () => {
    const { page, phone } = await bothSides();
    for (const side of [page, phone]) {
      expect([side.check, side.look]).toEqual([ours.check, ours.look]);
      expect(toHex(side.resumeSecret)).toBe(ours.resume);
      expect(toHex(side.rememberSecret)).toBe(ours.remember);
    }
    expect(toHex(page.peer.key)).toBe(ours.pkF);
    expect(page.peer).toMatchObject(introduction);
    // The vectors are older than these claims: absent means false.
    const claims = { secure: false, secrets: false, resumes: false, remembers: false };
    expect(phone.peer).toEqual({ ...answer, ...claims });
  });

  test('records are sealed to the byte, and opened (§7)', async () => {
    const { page, phone } = await bothSides();
    const linkId = fromHex(ours.linkId);
    const sealers = {
      toPage: new RecordSealer(phone.sender, Direction.toPage, linkId),
      toPhone: new RecordSealer(page.sender, Direction.toPhone, linkId),
    };
    const openers = {
      toPage: new RecordOpener(page.recipient, Direction.toPage, linkId),
      toPhone: new RecordOpener(phone.recipient, Direction.toPhone, linkId),
    };
    for (const vector of ours.records) {
      const direction = vector.direction as keyof typeof sealers;
      const content = { acknowledged: vector.acknowledged, body: fromHex(vector.body) };
      const record = await sealers[direction].seal(content);
      expect(record.n).toBe(vector.n);
      expect(toHex(record.bytes)).toBe(vector.sealed);
      expect(await openers[direction].open(record.bytes)).toEqual(content);
    }
  });
});

describe('against an independent implementation, with random keys', () => {
  test('the other one opens our psk-mode messages and we open its, both contexts exporting alike', async () => {
    const suite = createSuite((length) => crypto.getRandomValues(new Uint8Array(length)));
    const options = {
      info: encodeUtf8('i'),
      psk: new Uint8Array(32).fill(9),
      pskId: encodeUtf8('id'),
    };
    const theirOptions = { info: options.info, psk: { id: options.pskId, key: options.psk } };
    const aad = encodeUtf8('aad');
    const message = encodeUtf8('您好😀');

    const theirs = await other.kem.generateKeyPair();
    const theirKey = new Uint8Array(await other.kem.serializePublicKey(theirs.publicKey));
    const sent = await suite.SetupSender(await suite.DeserializePublicKey(theirKey), options);
    const received = await other.createRecipientContext({
      recipientKey: theirs.privateKey,
      enc: sent.encapsulatedSecret,
      ...theirOptions,
    });
    const toThem = await sent.ctx.Seal(message, aad);
    expect(new Uint8Array(await received.open(toThem, aad))).toEqual(message);
    expect(new Uint8Array(await received.export(aad, 32))).toEqual(await sent.ctx.Export(aad, 32));

    const own = await suite.GenerateKeyPair(true);
    const ownKey = await suite.SerializePublicKey(own.publicKey);
    const sender = await other.createSenderContext({
      recipientPublicKey: await other.kem.deserializePublicKey(ownKey),
      ...theirOptions,
    });
    const opened = await suite.SetupRecipient(own, new Uint8Array(sender.enc), options);
    const toUs = new Uint8Array(await sender.seal(message, aad));
    expect(await opened.Open(toUs, aad)).toEqual(message);
    expect(await opened.Export(aad, 32)).toEqual(new Uint8Array(await sender.export(aad, 32)));
  });
});

describe('what is not meant for this link', () => {
  test('page refuses a msg1 made under another GUID, and the offer stays good', async () => {
    const { suite, offer, msg1 } = await handshake();
    const stranger = { ...deriveLink(ours.guid), psk: new Uint8Array(32) };
    const forged = await sendHello(suite, stranger, offer.publicKey, introduction);
    expect(await answerHello(suite, offer, forged?.msg1 ?? msg1, answer)).toBeUndefined();
    expect(await answerHello(suite, offer, msg1, answer)).toBeDefined();
  });

  test('page refuses a msg1 for another of its keys or another link', async () => {
    const { suite, secrets, offer, msg1 } = await handshake();
    const later = await createOffer(suite, secrets);
    expect(await answerHello(suite, later, msg1, answer)).toBeUndefined();
    const elsewhere = { ...offer, linkId: new Uint8Array(16) };
    expect(await answerHello(suite, elsewhere, msg1, answer)).toBeUndefined();
  });

  test('page refuses every altered byte and every length of msg1', async () => {
    const { suite, offer, msg1 } = await handshake();
    for (let at = 0; at < msg1.length; at += 7) {
      const altered = msg1.slice();
      altered[at] = (altered[at] ?? 0) ^ 1;
      expect(await answerHello(suite, offer, altered, answer)).toBeUndefined();
      expect(await answerHello(suite, offer, msg1.slice(0, at), answer)).toBeUndefined();
    }
  });

  test('phone refuses a msg2 that answers another msg1, and still takes the right one', async () => {
    const { suite, secrets, offer, msg1, finish } = await handshake();
    const second = await sendHello(suite, secrets, offer.publicKey, introduction);
    const wrong = await answerHello(suite, offer, second?.msg1 ?? msg1, answer);
    const right = await answerHello(suite, offer, msg1, answer);
    expect(await finish(wrong?.msg2 ?? msg1)).toBeUndefined();
    expect(await finish(new Uint8Array())).toBeUndefined();
    expect(await finish(right?.msg2 ?? msg1)).toBeDefined();
  });

  test.each([
    ['zero', '00'.repeat(32)],
    ['one', `01${'00'.repeat(31)}`],
    ['of order eight', 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'],
    ['too short', '01'],
    ['missing', ''],
  ])('phone refuses a page key that is %s (RFC 9180 §7.1.4)', async (_, key) => {
    const { suite, secrets } = await handshake();
    expect(await sendHello(suite, secrets, fromHex(key), introduction)).toBeUndefined();
  });
});

test('numbers have two digits and never are the same', async () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const { suite, offer, msg1 } = await handshake(seed);
    const answered = await answerHello(suite, offer, msg1, answer);
    const { check = 0, look = 0 } = answered?.handshake ?? {};
    expect(check).not.toBe(look);
    for (const number of [check, look]) {
      expect(number >= 10 && number <= 99).toBe(true);
    }
  }
});

test('of the runtime’s own crypto only getRandomValues is needed, as on a page from http://', async () => {
  // The curve library blinds its scalars with it, which changes no result.
  const getRandomValues = crypto.getRandomValues.bind(crypto);
  vi.stubGlobal('crypto', { getRandomValues });
  const { suite, offer, msg1, finish } = await handshake();
  const answered = await answerHello(suite, offer, msg1, answer);
  expect(await finish(answered?.msg2 ?? new Uint8Array())).toBeDefined();
});
