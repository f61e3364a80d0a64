import type { ResumeStore } from '@pairwire/pairing';
import { Conversation, type Entry } from './conversation.ts';

const MAX_KEPT_ENTRIES = 200;
const MAX_KEPT_LETTERS = 256_000;

/**
 * A conversation that survives a reload of its page. It is kept within the call that told of a
 * message, which is before the other side hears that the message has come.
 */
export function createKeptConversation(store: ResumeStore): Conversation {
  return new Conversation((entries) => {
    try {
      store.save(JSON.stringify(newest(entries)));
    } catch {
      // Full or forbidden: what is on the page stays there, and ends with it.
    }
  });
}

/** The conversation of this page's life before, as far as it is kept. */
export function restoreConversation(store: ResumeStore): Conversation {
  const conversation = createKeptConversation(store);
  try {
    const kept: unknown = JSON.parse(store.load() ?? '[]');
    if (Array.isArray(kept)) conversation.restore(kept.filter(isEntry));
  } catch {
    // Not what was kept here: as good as nothing.
  }
  return conversation;
}

export function forgetConversation(store: ResumeStore): void {
  try {
    store.clear();
  } catch {
    // Where nothing can be written, there is nothing.
  }
}

/** Secrets are not kept (docs/protocol/pairing.md §9.4). */
function newest(entries: readonly Entry[]): Entry[] {
  const kept: Entry[] = [];
  let letters = 0;
  for (const entry of entries
    .filter(({ secret }) => !secret)
    .slice(-MAX_KEPT_ENTRIES)
    .toReversed()) {
    letters += entry.text.length;
    if (letters > MAX_KEPT_LETTERS) break;
    kept.push(entry);
  }
  return kept.toReversed();
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null) return false;
  const { direction, id, text, secret, atMs, status, seen } = value as Record<string, unknown>;
  return (
    (direction === 'in'
      ? status === undefined
      : direction === 'out' && ['queued', 'sent', 'shown'].includes(status as string)) &&
    typeof id === 'string' &&
    typeof text === 'string' &&
    secret === false &&
    typeof atMs === 'number' &&
    typeof seen === 'boolean'
  );
}
