/**
 * How page and phone come to keys that only they have. docs/protocol/pairing.md §5.
 *
 * Two HPKE contexts in psk mode (RFC 9180 §5.1.2), the second under a secret exported from the
 * first: phone → page seals with the first (C1), page → phone with the second (C2).
 *
 * The relay carries pkP, msg1 and msg2. Without the GUID, or the resume secret in its
 * place (§10), it can neither make nor open them.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import {
  AEAD_ChaCha20Poly1305,
  KDF_HKDF_SHA256,
  KEM_DHKEM_X25519_HKDF_SHA256,
} from '@panva/hpke-noble';
import { CipherSuite, type KeyPair, type RecipientContext, type SenderContext } from 'hpke';
import { concatBytes } from './bytes.ts';
import type { Environment } from './environment.ts';
import {
  decodeAnswer,
  decodeHello,
  encodeAnswer,
  encodeHello,
  type Answer,
  type Hello,
} from './introduction.ts';
import type { LinkSecrets } from './link.ts';
import { GENERATION_BYTES } from './rendezvous.ts';
import { encodeUtf8 } from './utf8.ts';

const ENC_BYTES = 32;
const SECRET_BYTES = 32;

const QR_INFO = encodeUtf8('pairwire/1 qr');
const QR_PSK_ID = encodeUtf8('qr');
const REVERSE_INFO = encodeUtf8('pairwire/1 rev');
const REVERSE_PSK = encodeUtf8('pairwire/1 reverse psk');
const REVERSE_PSK_ID = encodeUtf8('rev');
const HELLO_AAD = encodeUtf8('hello');
const ANSWER_AAD = encodeUtf8('ok');
const CHECK = encodeUtf8('pairwire/1 check');
const LOOK = encodeUtf8('pairwire/1 look');
const RESUME = encodeUtf8('pairwire/1 resume');
const REMEMBER = encodeUtf8('pairwire/1 remember');
const GENERATION = encodeUtf8('pairwire/1 generation');

/**
 * DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305, from a library that needs no
 * `crypto.subtle`: a page on an http:// LAN address has none.
 *
 * The KEM draws its key pairs, ephemeral ones included, from `randomBytes` and nowhere else.
 */
export function createSuite(randomBytes: Environment['randomBytes']): CipherSuite {
  const kem = KEM_DHKEM_X25519_HKDF_SHA256();
  return new CipherSuite(
    () => ({
      ...kem,
      // Encap of this library calls GenerateKeyPair of the object it is called on (§4.1 of the RFC
      // leaves the source open); the frozen vectors of the tests would notice a change.
      GenerateKeyPair: (extractable) => kem.DeriveKeyPair(randomBytes(kem.Nsk), extractable),
    }),
    KDF_HKDF_SHA256,
    AEAD_ChaCha20Poly1305,
  );
}

/** What both sides know before they agree on keys. */
export interface SharedSecret extends LinkSecrets {
  /** Present when it is a resume secret instead of a code's psk; then this names it (§10.1 of the document). */
  secretId?: Uint8Array;
}

/** A fresh key of the page's, until a phone answers. */
export interface PageKey {
  /** pkP, for the phone. */
  publicKey: Uint8Array;
  keyPair: KeyPair;
}

/** What the page keeps for one shown code until a phone answers. */
export type Offer = SharedSecret & PageKey;

/** What both sides hold once they understand each other. */
export interface Handshake<Peer> {
  /** What the other side said of itself. */
  peer: Peer;
  sender: SenderContext;
  recipient: RecipientContext;
  /** a: shown on the phone, chosen on the page. Two digits. */
  check: number;
  /** b: shown on the page, chosen on the phone. Two digits, never equal to `check`. */
  look: number;
  /** For taking the link up again when an end has lost its keys (§10 of the document). */
  resumeSecret: Uint8Array;
  /** For meeting again without a code, should both ends want it (§16 of the document). */
  rememberSecret: Uint8Array;
  /** Names these keys among those that a link has had (§10.2 of the document). */
  generation: Uint8Array;
}

export async function createPageKey(suite: CipherSuite): Promise<PageKey> {
  const keyPair = await suite.GenerateKeyPair(true);
  return { keyPair, publicKey: await suite.SerializePublicKey(keyPair.publicKey) };
}

export async function createOffer(suite: CipherSuite, secrets: LinkSecrets): Promise<Offer> {
  return { ...secrets, ...(await createPageKey(suite)) };
}

/** info1 and psk_id: a code and a resume secret never mean the same keys. */
function firstOptions(
  { linkId, psk, secretId }: SharedSecret,
  pageKey: Uint8Array,
): { info: Uint8Array; psk: Uint8Array; pskId: Uint8Array } {
  const label = secretId === undefined ? QR_INFO : RESUME;
  return { info: concatBytes(label, linkId, pageKey), psk, pskId: secretId ?? QR_PSK_ID };
}

/**
 * Phone: begins. `finish` takes msg2 and may be called again after it gave undefined.
 *
 * @returns undefined when `pageKey` is no usable key (§7.1.4 of the RFC).
 */
export async function sendHello(
  suite: CipherSuite,
  secret: SharedSecret,
  pageKey: Uint8Array,
  introduction: Omit<Hello, 'key'>,
): Promise<
  { msg1: Uint8Array; finish(msg2: Uint8Array): Promise<Handshake<Answer> | undefined> } | undefined
> {
  const own = await suite.GenerateKeyPair(true);
  const key = await suite.SerializePublicKey(own.publicKey);
  const options = firstOptions(secret, pageKey);
  const first = await attempt(async () =>
    suite.SetupSender(await suite.DeserializePublicKey(pageKey), options),
  );
  if (first === undefined) return undefined;
  const sealed = await first.ctx.Seal(encodeHello({ key, ...introduction }), HELLO_AAD);
  const msg1 = concatBytes(first.encapsulatedSecret, sealed);
  const th1 = sha256(concatBytes(options.info, msg1));
  const reverse = await reverseOptions(first.ctx, th1);

  return {
    msg1,
    finish: (msg2) =>
      attempt(async () => {
        const second = await suite.SetupRecipient(own, msg2.slice(0, ENC_BYTES), reverse);
        const peer = decodeAnswer(await second.Open(msg2.slice(ENC_BYTES), ANSWER_AAD));
        if (peer === undefined) return undefined;
        const derived = await deriveFrom(first.ctx, sha256(concatBytes(th1, msg2)));
        return { peer, sender: first.ctx, recipient: second, ...derived };
      }),
  };
}

/**
 * Page: answers a phone's msg1.
 *
 * @returns undefined when msg1 was not made by somebody who knows the GUID; the offer is unchanged.
 */
export async function answerHello(
  suite: CipherSuite,
  offer: Offer,
  msg1: Uint8Array,
  answer: Answer,
): Promise<{ msg2: Uint8Array; handshake: Handshake<Hello> } | undefined> {
  const options = firstOptions(offer, offer.publicKey);
  return attempt(async () => {
    const first = await suite.SetupRecipient(offer.keyPair, msg1.slice(0, ENC_BYTES), options);
    const peer = decodeHello(await first.Open(msg1.slice(ENC_BYTES), HELLO_AAD));
    if (peer === undefined) return undefined;
    const th1 = sha256(concatBytes(options.info, msg1));
    const second = await suite.SetupSender(
      await suite.DeserializePublicKey(peer.key),
      await reverseOptions(first, th1),
    );
    const sealed = await second.ctx.Seal(encodeAnswer(answer), ANSWER_AAD);
    const msg2 = concatBytes(second.encapsulatedSecret, sealed);
    const derived = await deriveFrom(first, sha256(concatBytes(th1, msg2)));
    return { msg2, handshake: { peer, sender: second.ctx, recipient: first, ...derived } };
  });
}

type FirstContext = Pick<SenderContext | RecipientContext, 'Export'>;

async function reverseOptions(
  first: FirstContext,
  th1: Uint8Array,
): Promise<{ info: Uint8Array; psk: Uint8Array; pskId: Uint8Array }> {
  return {
    info: concatBytes(REVERSE_INFO, th1),
    psk: await first.Export(REVERSE_PSK, SECRET_BYTES),
    pskId: REVERSE_PSK_ID,
  };
}

async function deriveFrom(
  first: FirstContext,
  th2: Uint8Array,
): Promise<
  Pick<Handshake<never>, 'check' | 'look' | 'resumeSecret' | 'rememberSecret' | 'generation'>
> {
  const check = await twoDigits(first, concatBytes(CHECK, th2));
  let look = check;
  for (let draw = 0; look === check; draw += 1) {
    look = await twoDigits(first, concatBytes(LOOK, th2, Uint8Array.of(draw)));
  }
  return {
    check,
    look,
    resumeSecret: await first.Export(RESUME, SECRET_BYTES),
    rememberSecret: await first.Export(REMEMBER, SECRET_BYTES),
    generation: await first.Export(concatBytes(GENERATION, th2), GENERATION_BYTES),
  };
}

async function twoDigits(context: FirstContext, exporterContext: Uint8Array): Promise<number> {
  const bytes = await context.Export(exporterContext, 4);
  return 10 + (new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) % 90);
}

/** Everything that HPKE throws at foreign bytes means the same here: not from whom it should be. */
async function attempt<T>(run: () => Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch {
    return undefined;
  }
}
