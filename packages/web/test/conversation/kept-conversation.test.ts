import { beforeEach, describe, expect, test } from 'vitest';
import {
  createKeptConversation,
  forgetConversation,
  restoreConversation,
} from '../../src/conversation/kept-conversation.ts';

let kept: string | undefined;
const store = {
  load: () => kept,
  save: (text: string) => void (kept = text),
  clear: () => void (kept = undefined),
};
const forbidden = {
  load: () => {
    throw new Error('forbidden');
  },
  save: () => {
    throw new Error('forbidden');
  },
  clear: () => {
    throw new Error('forbidden');
  },
};

beforeEach(() => {
  kept = undefined;
});

test('messages and their ticks are there after a reload, in order', () => {
  const before = createKeptConversation(store);
  before.addOwn('1', 'asked', 1);
  before.addIncoming({ id: '1', text: 'answered' }, 2);
  before.setDelivery({ id: '1', status: 'shown' });
  const after = restoreConversation(store);
  expect(after.entries).toMatchObject([
    { direction: 'out', text: 'asked', status: 'shown', atMs: 1 },
    { direction: 'in', text: 'answered', seen: false, atMs: 2 },
  ]);
  after.addIncoming({ id: '2', text: 'more' }, 3);
  expect(restoreConversation(store).entries).toHaveLength(3);
});

test('a message that is told once more because the page went away in between is there once', () => {
  createKeptConversation(store).addIncoming({ id: '7', text: 'once' }, 1);
  const after = restoreConversation(store);
  after.addIncoming({ id: '7', text: 'once' }, 2);
  expect(after.entries).toHaveLength(1);
});

test('secrets are not kept, on either side', () => {
  const before = createKeptConversation(store);
  before.addIncoming({ id: '1', text: 'hunter2' }, 1, true);
  before.addOwn('1', '', 2, true);
  before.addOwn('2', 'in the open', 3);
  expect(kept).not.toContain('hunter2');
  expect(restoreConversation(store).entries).toMatchObject([{ text: 'in the open' }]);
});

test('the newest 200 messages, and no more than 256,000 letters, are kept', () => {
  const before = createKeptConversation(store);
  for (let n = 1; n <= 300; n += 1) before.addOwn(String(n), `message ${n}`, n);
  expect(restoreConversation(store).entries.map(({ id }) => id)).toEqual(
    Array.from({ length: 200 }, (_, i) => String(101 + i)),
  );
  for (let n = 301; n <= 305; n += 1) before.addOwn(String(n), 'x'.repeat(60_000), n);
  expect(restoreConversation(store).entries.map(({ id }) => id)).toEqual([
    '302',
    '303',
    '304',
    '305',
  ]);
});

describe('storage that cannot be relied on', () => {
  test.each(['', '{}', '"text"', '[1, null, {"direction":"in"}]', 'no JSON'])(
    '%j is as good as nothing',
    (text) => {
      kept = text;
      expect(restoreConversation(store).entries).toEqual([]);
    },
  );

  test('where it is forbidden, the conversation is there until the page is left', () => {
    const conversation = restoreConversation(forbidden);
    conversation.addOwn('1', 'said', 1);
    forgetConversation(forbidden);
    expect(conversation.entries).toHaveLength(1);
  });
});
