/**
 * Makes renewal-1.json with node:crypto and @hpke/*, like make-pairing-1.mjs, whose link it takes
 * up again: `node make-renewal-1.mjs > renewal-1.json`. docs/protocol/pairing.md §10;
 * renewal-vectors.test.ts runs it too and compares.
 */
import { hkdfSync } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import {
  ascii,
  concat,
  hex,
  ikm,
  makeVectors,
  pad,
  publicBytes,
  sha256,
  suite,
  u64,
  utf8,
} from './make-pairing-1.mjs';

export async function makeRenewal() {
  const before = await makeVectors();
  const linkId = Buffer.from(before.linkId, 'hex');

  // §10.1
  const rs = Buffer.from(before.resume, 'hex');
  const rid = Buffer.from(hkdfSync('sha256', rs, '', 'pairwire/1 resume id', 8));

  // §10.2
  const randomness = { page: ikm(5), phone: ikm(6), phoneEphemeral: ikm(7), pageEphemeral: ikm(8) };
  const page = await suite.kem.deriveKeyPair(randomness.page);
  const phone = await suite.kem.deriveKeyPair(randomness.phone);
  const pkP = await publicBytes(page);
  const pkF = await publicBytes(phone);
  const hello =
    '{"name":"pocket","language":"en","versions":[1],"secure":true,"secrets":true,"resumes":true,"finals":{"received":2,"next":4}}';
  const info1 = concat(ascii('pairwire/1 resume'), linkId, pkP);
  const c1 = await suite.createSenderContext({
    recipientPublicKey: page.publicKey,
    info: info1,
    psk: { id: rid, key: rs },
    ekm: randomness.phoneEphemeral,
  });
  const msg1 = concat(c1.enc, await c1.seal(pad(concat(pkF, utf8(hello))), ascii('hello')));
  const th1 = sha256(concat(info1, msg1));
  const answer =
    '{"label":"desk","version":1,"confirm":"match","limits":{"textBytes":65472},"secure":true,"secrets":true,"resumes":true,"finals":{"received":3,"next":3}}';
  const c2 = await suite.createSenderContext({
    recipientPublicKey: phone.publicKey,
    info: concat(ascii('pairwire/1 rev'), th1),
    psk: { id: ascii('rev'), key: await c1.export(ascii('pairwire/1 reverse psk'), 32) },
    ekm: randomness.pageEphemeral,
  });
  const msg2 = concat(c2.enc, await c2.seal(pad(utf8(answer)), ascii('ok')));
  const th2 = sha256(concat(th1, msg2));
  const generation = Buffer.from(await c1.export(concat(ascii('pairwire/1 generation'), th2), 8));

  // The phone's first record: an accept, and the final that had not arrived.
  const text = utf8('您好');
  const body = concat([0x01, 0x03, 0x04, text.length], text);
  const aad = concat(ascii('rec'), [0], u64(1), linkId);
  const record = concat(u64(1), await c1.seal(pad(concat([0x01], body)), aad));
  const envelope = (kind, content) => hex(concat([kind], linkId, content));

  return {
    linkId: hex(linkId),
    resume: hex(rs),
    rid: hex(rid),
    ikm: Object.fromEntries(Object.entries(randomness).map(([name, bytes]) => [name, hex(bytes)])),
    hello,
    answer,
    envelopes: {
      ask: envelope(5, concat([1], rid)),
      offer: envelope(5, concat([2], pkP, rid)),
      hello: envelope(5, concat([3], rid, msg1)),
      answer: envelope(5, concat([4], msg2)),
      nothing: envelope(5, [5]),
      record: envelope(6, concat(generation, record)),
      position: envelope(4, concat(generation, u64(1))),
    },
    generation: hex(generation),
    newResume: hex(await c1.export(ascii('pairwire/1 resume'), 32)),
    body: hex(body),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(JSON.stringify(await makeRenewal(), null, 2));
}
