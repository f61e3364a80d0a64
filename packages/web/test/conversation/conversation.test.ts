import { describe, expect, test } from 'vitest';
import {
  Conversation,
  MAX_ENTRIES,
  MAX_KEPT_LETTERS,
  type ConversationView,
} from '../../src/conversation/conversation.ts';

function recordingView() {
  const told: string[] = [];
  const view: ConversationView = {
    added: ({ direction, id }) => told.push(`added ${direction} ${id}`),
    statusChanged: ({ id, status }) => told.push(`status ${id} ${status}`),
    forgotten: ({ id, text }) => told.push(`forgotten ${id}${text}`),
    dropped: ({ direction, id }) => told.push(`dropped ${direction} ${id}`),
    remoteFieldChanged: ({ text }) => told.push(`field ${text}`),
  };
  return { view, told };
}

describe('the conversation', () => {
  test('keeps both directions apart although their ids are the same', () => {
    const conversation = new Conversation();
    const { view, told } = recordingView();
    conversation.attach(view);
    conversation.addIncoming({ id: '1', text: 'in' }, 0);
    conversation.addOwn('1', 'out', 0);
    conversation.setDelivery({ id: '1', status: 'shown' });
    expect(conversation.entries.map(({ status }) => status)).toEqual([undefined, 'shown']);
    expect(told).toEqual(['added in 1', 'added out 1', 'status 1 shown']);
  });

  test('tells a status once, and nothing for a message it does not have', () => {
    const conversation = new Conversation();
    conversation.addOwn('1', 'x', 0);
    const { view, told } = recordingView();
    conversation.attach(view);
    conversation.setDelivery({ id: '1', status: 'sent' });
    conversation.setDelivery({ id: '1', status: 'sent' });
    conversation.setDelivery({ id: '2', status: 'sent' });
    expect(told).toEqual(['status 1 sent']);
  });

  test('lives on without a view, for the next one to read', () => {
    const conversation = new Conversation();
    conversation.attach(undefined);
    conversation.addIncoming({ id: '1', text: 'x' }, 0);
    conversation.setRemoteField({ text: 'y', selectionStart: 0, selectionEnd: 0 });
    expect(conversation.entries).toHaveLength(1);
    expect(conversation.remoteField.text).toBe('y');
  });

  test('lets the oldest messages go when the other side sends without end', () => {
    const conversation = new Conversation();
    const { view, told } = recordingView();
    conversation.attach(view);
    for (let i = 0; i < MAX_ENTRIES + 3; i += 1)
      conversation.addIncoming({ id: `${i}`, text: '' }, 0);
    expect(conversation.entries).toHaveLength(MAX_ENTRIES);
    expect(conversation.entries[0]?.id).toBe('3');
    expect(conversation.shortened).toBe(true);
    expect(told.filter((what) => what.startsWith('dropped'))).toHaveLength(3);
  });

  test('forgets a secret once, and no message', () => {
    const conversation = new Conversation();
    const { view, told } = recordingView();
    conversation.addIncoming({ id: '1', text: 'kept' }, 0);
    conversation.addIncoming({ id: '2', text: 'hidden' }, 0, true);
    conversation.addOwn('1', '', 0, true);
    conversation.attach(view);
    conversation.forgetSecrets();
    conversation.forgetSecrets();
    expect(conversation.entries.map(({ text }) => text)).toEqual(['kept', '', '']);
    expect(told).toEqual(['forgotten 2']);
  });

  test('is limited in letters too, but always keeps the newest message', () => {
    const conversation = new Conversation();
    const half = 'x'.repeat(MAX_KEPT_LETTERS / 2);
    for (const id of ['1', '2', '3']) conversation.addIncoming({ id, text: half }, 0);
    expect(conversation.entries.map(({ id }) => id)).toEqual(['2', '3']);
    conversation.addIncoming({ id: '4', text: half.repeat(3) }, 0);
    expect(conversation.entries.map(({ id }) => id)).toEqual(['4']);
  });
});
