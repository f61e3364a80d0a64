import { expect, test } from 'vitest';
import { deriveMeeting, nextSecret, rememberedId } from '../src/remember-secret.ts';
import { fromHex, toHex } from './hex.ts';
import { makeMeetings } from './vectors/make-meeting-1.mjs';
import vectors from './vectors/meeting-1.json' with { type: 'json' };

test('the vectors are what an independent implementation computes', async () => {
  expect(await makeMeetings()).toEqual(vectors);
});

test('id, link ids, resume secrets and the next secret are those of the vectors (§16.1)', () => {
  const [first, second] = vectors.meetings;
  const secret = fromHex(first?.secret ?? '');
  expect(rememberedId(secret)).toBe(vectors.id);
  expect(toHex(nextSecret(secret))).toBe(second?.secret);
  for (const meeting of vectors.meetings) {
    const derived = deriveMeeting(fromHex(meeting.secret));
    expect(toHex(derived.linkId)).toBe(meeting.linkId);
    expect(toHex(derived.secret)).toBe(meeting.resume);
  }
});
