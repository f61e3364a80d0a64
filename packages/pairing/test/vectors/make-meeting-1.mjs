/**
 * Makes meeting-1.json with node:crypto alone: `node make-meeting-1.mjs > meeting-1.json`.
 * docs/protocol/pairing.md §16.1; remember-secret.test.ts runs it too and compares.
 */
import { hkdfSync } from 'node:crypto';
import { fileURLToPath } from 'node:url';

const derive = (secret, info, length) => Buffer.from(hkdfSync('sha256', secret, '', info, length));

export function makeMeetings() {
  const first = Buffer.from(Array.from({ length: 32 }, (_, i) => i));
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
  console.log(JSON.stringify(makeMeetings(), null, 2));
}
