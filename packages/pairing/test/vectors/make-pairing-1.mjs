/**
 * Makes pairing-1.json with node:crypto and @hpke/*, none of our code and neither of the libraries
 * it uses: `node make-pairing-1.mjs > pairing-1.json`. The bytes follow docs/protocol/pairing.md;
 * key-schedule.test.ts runs it too and compares.
 */
import { createHash, hkdfSync } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Chacha20Poly1305 } from '@hpke/chacha20poly1305';
import { CipherSuite, HkdfSha256 } from '@hpke/core';
import { DhkemX25519HkdfSha256 } from '@hpke/dhkem-x25519';

export const suite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Chacha20Poly1305(),
});
export const hex = (bytes) => Buffer.from(bytes).toString('hex');
export const ascii = (text) => Buffer.from(text, 'latin1');
export const utf8 = (text) => Buffer.from(text, 'utf8');
export const concat = (...parts) => Buffer.concat(parts.map((part) => Buffer.from(part)));
export const sha256 = (bytes) => createHash('sha256').update(bytes).digest();
export const u64 = (n) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(n));
  return bytes;
};
export const ikm = (byte) => new Uint8Array(32).fill(byte);
export const publicBytes = async ({ publicKey }) =>
  new Uint8Array(await suite.kem.serializePublicKey(publicKey));

export function pad(body) {
  const buckets = [32, 64, 128, 256, 512, 1024];
  const need = body.length + 1;
  const total =
    buckets.find((bucket) => bucket >= need) ?? Math.min(Math.ceil(need / 1024) * 1024, 65_520);
  return concat(body, [0x80], Buffer.alloc(total - need));
}

export async function makeVectors() {
  // §2
  const guid = '00112233-4455-4677-8899-aabbccddeeff';
  const guidBytes = Buffer.from(guid.replaceAll('-', ''), 'hex');
  const linkId = Buffer.from(hkdfSync('sha256', guidBytes, '', 'pairwire/1 link', 16));
  const psk = Buffer.from(hkdfSync('sha256', guidBytes, '', 'pairwire/1 psk', 32));

  // §5: the four key pairs that are random in life
  const randomness = { page: ikm(1), phone: ikm(2), phoneEphemeral: ikm(3), pageEphemeral: ikm(4) };
  const page = await suite.kem.deriveKeyPair(randomness.page);
  const phone = await suite.kem.deriveKeyPair(randomness.phone);
  const pkP = await publicBytes(page);
  const pkF = await publicBytes(phone);

  const hello = '{"name":"pocket","language":"en","versions":[1]}';
  const info1 = concat(ascii('pairwire/1 qr'), linkId, pkP);
  const c1 = await suite.createSenderContext({
    recipientPublicKey: page.publicKey,
    info: info1,
    psk: { id: ascii('qr'), key: psk },
    ekm: randomness.phoneEphemeral,
  });
  const msg1 = concat(c1.enc, await c1.seal(pad(concat(pkF, utf8(hello))), ascii('hello')));
  const th1 = sha256(concat(info1, msg1));
  const reversePsk = await c1.export(ascii('pairwire/1 reverse psk'), 32);

  const answer = '{"label":"desk","version":1,"confirm":"match","limits":{"textBytes":65472}}';
  const info2 = concat(ascii('pairwire/1 rev'), th1);
  const c2 = await suite.createSenderContext({
    recipientPublicKey: phone.publicKey,
    info: info2,
    psk: { id: ascii('rev'), key: reversePsk },
    ekm: randomness.pageEphemeral,
  });
  const msg2 = concat(c2.enc, await c2.seal(pad(utf8(answer)), ascii('ok')));
  const th2 = sha256(concat(th1, msg2));

  // §6
  const twoDigits = async (context) =>
    10 + (Buffer.from(await c1.export(context, 4)).readUInt32BE() % 90);
  const check = await twoDigits(concat(ascii('pairwire/1 check'), th2));
  let look = check;
  for (let draw = 0; look === check; draw += 1) {
    look = await twoDigits(concat(ascii('pairwire/1 look'), th2, [draw]));
  }
  const resume = await c1.export(ascii('pairwire/1 resume'), 32);
  // §16.1
  const remember = await c1.export(ascii('pairwire/1 remember'), 32);

  // §7 and §9, by hand: acknowledged, then edits
  const accept = [0x01];
  const text = utf8('您好😀');
  const state = [0x02, 0x01, 0x01, 0x00, 0x00, text.length, ...text, 0x03, 0x03, 0x02, 0x03];
  const final = [0x03, 0x01, text.length, ...text];
  const shown = [0x04, 0x01];
  const contents = [
    { direction: 'toPage', n: 1, acknowledged: 1, body: accept },
    { direction: 'toPage', n: 2, acknowledged: 2, body: state },
    { direction: 'toPage', n: 3, acknowledged: 300, body: final },
    { direction: 'toPhone', n: 1, acknowledged: 4, body: [...accept, ...shown] },
    { direction: 'toPhone', n: 2, acknowledged: 4, body: [] },
  ];
  const records = [];
  for (const { direction, n, acknowledged, body } of contents) {
    const varint =
      acknowledged < 128 ? [acknowledged] : [0x80 | (acknowledged & 127), acknowledged >> 7];
    const aad = concat(ascii('rec'), [direction === 'toPage' ? 0 : 1], u64(n), linkId);
    const context = direction === 'toPage' ? c1 : c2;
    const sealed = concat(u64(n), await context.seal(pad(concat(varint, body)), aad));
    records.push({ direction, n, acknowledged, body: hex(Buffer.from(body)), sealed: hex(sealed) });
  }

  return {
    guid,
    linkId: hex(linkId),
    linkIdBase64url: linkId.toString('base64url'),
    psk: hex(psk),
    ikm: Object.fromEntries(Object.entries(randomness).map(([name, bytes]) => [name, hex(bytes)])),
    pkP: hex(pkP),
    pkF: hex(pkF),
    hello,
    info1: hex(info1),
    msg1: hex(msg1),
    th1: hex(th1),
    reversePsk: hex(reversePsk),
    answer,
    info2: hex(info2),
    msg2: hex(msg2),
    th2: hex(th2),
    check,
    look,
    resume: hex(resume),
    remember: hex(remember),
    records,
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(JSON.stringify(await makeVectors(), null, 2));
}
