/** What the ends say to each other to come to fresh keys. docs/protocol/pairing.md §10.2. */
import { concatBytes } from './bytes.ts';
import { PUBLIC_KEY_BYTES } from './rendezvous.ts';
import { MAX_RESUME_SECRETS, SECRET_ID_BYTES } from './resume-secret.ts';

export type RenewalMessage =
  /** Phone: I have lost my keys, and hold these secrets. */
  | { type: 'ask'; secretIds: Uint8Array[] }
  /** Page: a fresh key, and the secrets that I hold, newest first. */
  | { type: 'offer'; key: Uint8Array; secretIds: Uint8Array[] }
  /** Phone: msg1 to that key, under that secret. */
  | { type: 'hello'; secretId: Uint8Array; msg1: Uint8Array }
  /** Page: msg2. */
  | { type: 'answer'; msg2: Uint8Array }
  /** Either: we have no secret in common. */
  | { type: 'nothing' };

const Step = { ask: 1, offer: 2, hello: 3, answer: 4, nothing: 5 } as const;

export function encodeRenewal(message: RenewalMessage): Uint8Array {
  const step = Uint8Array.of(Step[message.type]);
  switch (message.type) {
    case 'ask':
      return concatBytes(step, ...message.secretIds);
    case 'offer':
      return concatBytes(step, message.key, ...message.secretIds);
    case 'hello':
      return concatBytes(step, message.secretId, message.msg1);
    case 'answer':
      return concatBytes(step, message.msg2);
    case 'nothing':
      return step;
  }
}

/** @returns undefined when it is none; the parts are views of `bytes`. */
export function decodeRenewal(bytes: Uint8Array): RenewalMessage | undefined {
  const rest = bytes.subarray(1);
  switch (bytes[0]) {
    case Step.ask: {
      const secretIds = splitIds(rest);
      return secretIds && { type: 'ask', secretIds };
    }
    case Step.offer: {
      const secretIds = splitIds(rest.subarray(PUBLIC_KEY_BYTES));
      return secretIds && { type: 'offer', key: rest.subarray(0, PUBLIC_KEY_BYTES), secretIds };
    }
    case Step.hello: {
      if (rest.length <= SECRET_ID_BYTES) return undefined;
      const secretId = rest.subarray(0, SECRET_ID_BYTES);
      return { type: 'hello', secretId, msg1: rest.subarray(SECRET_ID_BYTES) };
    }
    case Step.answer:
      return rest.length > 0 ? { type: 'answer', msg2: rest } : undefined;
    case Step.nothing:
      return rest.length === 0 ? { type: 'nothing' } : undefined;
    default:
      return undefined;
  }
}

/** @returns undefined when there are none, too many, or half of one. */
function splitIds(bytes: Uint8Array): Uint8Array[] | undefined {
  const count = bytes.length / SECRET_ID_BYTES;
  if (!Number.isInteger(count) || count < 1 || count > MAX_RESUME_SECRETS) return undefined;
  return Array.from({ length: count }, (_, i) =>
    bytes.subarray(i * SECRET_ID_BYTES, (i + 1) * SECRET_ID_BYTES),
  );
}
