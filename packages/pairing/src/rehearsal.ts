import { PAIRING_VERSION } from './introduction.ts';
import { answerHello, createOffer, createSuite, sendHello } from './key-schedule.ts';
import { PSK_BYTES } from './link.ts';
import { Direction, FIRST_RECORD, RecordOpener, RecordSealer } from './record.ts';
import { LINK_ID_BYTES } from './rendezvous.ts';

/**
 * Runs the whole key agreement once with made-up keys and forgets it (docs/protocol/pairing.md
 * §5.4). The first run in a runtime takes several times as long as later ones, because the ciphers
 * are compiled while they run, and the person who taps should not wait for that.
 *
 * @returns whether both sides understood each other, which only a test wants to know
 */
export async function rehearseKeyAgreement(): Promise<boolean> {
  // Nothing secret comes of these bytes, and the environment's own are not used up.
  let draws = 0;
  const suite = createSuite((length) => new Uint8Array(length).fill((draws += 1)));
  const linkId = new Uint8Array(LINK_ID_BYTES);
  const offer = await createOffer(suite, { linkId, psk: new Uint8Array(PSK_BYTES) });
  const phone = await sendHello(suite, offer, offer.publicKey, {
    name: '',
    language: 'en',
    versions: [PAIRING_VERSION],
  });
  const page = await answerHello(suite, offer, phone?.msg1 ?? linkId, {
    label: '',
    version: PAIRING_VERSION,
    confirm: 'match',
    limits: { textBytes: 1024 },
  });
  const sender = page && (await phone?.finish(page.msg2))?.sender;
  if (page === undefined || sender === undefined) return false;
  const sealer = new RecordSealer(sender, Direction.toPage, linkId);
  const { bytes } = await sealer.seal({ acknowledged: FIRST_RECORD, body: linkId });
  const opener = new RecordOpener(page.handshake.recipient, Direction.toPage, linkId);
  return (await opener.open(bytes)) !== undefined;
}
