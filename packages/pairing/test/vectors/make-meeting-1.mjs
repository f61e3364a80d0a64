/**
 * Makes meeting-1.json with node:crypto, from the secret that the two ends of pairing-1.json have in
 * common: `node make-meeting-1.mjs > meeting-1.json`.
 * docs/protocol/pairing.md §16.1; remember-secret.test.ts runs it too and compares.
 */
import { hkdfSync } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { makeVectors } from './make-pairing-1.mjs';

const derive = (secret, info, length) => Buffer.from(hkdfSync('sha256', secret, '', info, length));

export async function makeMeetings() {
  const { remember } = await makeVectors();
  const first = Buffer.from(remember, 'hex');
  const next = derive(first, 'pairwire/1 remember next', 32);
  const meeting = (secret) => ({
    secret: secret.toString('hex'),
    linkId: derive(secret, 'pairwire/1 meet link', 16).toString('hex'),
    resume: derive(secret, 'pairwire/1 meet secret', 32).toString('hex'),
  });
  return {
    id: derive(first, 'pairwire/1 remember id', 8).toString('base64url'),
    meetings: [meeting(first), meeting(next)],
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(JSON.stringify(await makeMeetings(), null, 2));
}
