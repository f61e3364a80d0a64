/**
 * The other ends that this one remembers, in a store that outlives the page.
 * docs/protocol/pairing.md §16.3 and docs/decisions/0008-remembered-devices.md.
 */
import * as v from 'valibot';
import { encodeBase64url } from './base64url.ts';
import { MAX_TEXT_BYTES } from './edit.ts';
import { toDisplayName } from './introduction.ts';
import { nextSecret, REMEMBER_SECRET_BYTES, rememberedId } from './remember-secret.ts';
import type { Side } from './rendezvous.ts';
import type { Environment } from './environment.ts';
import { currentMeeting, Meetings, phoneMeetings, type Meeting } from './meetings.ts';
import type { RelayClient } from './relay-client.ts';
import { Remembering, type RememberingHost } from './remembering.ts';
import { decodedBytes, type ResumeStore } from './resume-state.ts';

/** One more makes the one that was used longest ago be forgotten. */
export const MAX_REMEMBERED = 8;
/** Unused for so long, an entry is forgotten. */
export const REMEMBERED_LIFE_MS = 90 * 86_400_000;

const MAX_KEPT_LENGTH = 65_536;

/** What a person is shown of a device that is remembered. */
export interface RememberedDevice {
  id: string;
  /** What the device calls itself. */
  name: string;
  /** What the person here calls it, if they gave it a name. */
  givenName?: string | undefined;
  /** Milliseconds since 1970. */
  createdAtMs: number;
  lastUsedAtMs: number;
}

export interface RememberedEntry extends RememberedDevice {
  /** This end's own side. */
  side: Side;
  /** Counts meetings. */
  generation: number;
  secret: Uint8Array;
  /** Of the generation before: the other end may not have heard that it is used up. */
  previous?: Uint8Array | undefined;
  /** The longest text that the other end takes, in bytes. */
  textBytes: number;
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const name = v.pipe(v.string(), v.maxLength(1024), v.transform(toDisplayName));
const secret = decodedBytes(REMEMBER_SECRET_BYTES);

const EntrySchema = v.object({
  id: v.pipe(v.string(), v.maxLength(16)),
  side: v.picklist(['page', 'phone']),
  generation: count,
  secret,
  previous: v.optional(secret),
  name,
  givenName: v.optional(name),
  textBytes: v.pipe(count, v.minValue(1024), v.maxValue(MAX_TEXT_BYTES)),
  createdAtMs: count,
  lastUsedAtMs: count,
});

/**
 * Reads the store anew on every call, so that two windows of one browser do not undo each other's
 * changes. Those may be the two ends of one pair, which share its id: an entry is named by its
 * side as well. A store that cannot be used holds nobody.
 */
export class RememberedDevices {
  readonly #store: ResumeStore;
  readonly #nowMs: () => number;

  /** @param nowMs - milliseconds since 1970, by the device's own clock */
  constructor(store: ResumeStore, nowMs: () => number) {
    this.#store = store;
    this.#nowMs = () => Math.round(nowMs());
  }

  /** The one used last comes first. */
  list(side: Side): RememberedDevice[] {
    return this.entries(side).map(({ id, name, givenName, createdAtMs, lastUsedAtMs }) => ({
      id,
      name,
      ...(givenName !== undefined && { givenName }),
      createdAtMs,
      lastUsedAtMs,
    }));
  }

  /** An empty name takes a given one away. The other end is not told. */
  rename(id: string, side: Side, givenName: string): void {
    const shown = toDisplayName(givenName);
    this.#change(id, side, (entry) => ({ ...entry, givenName: shown === '' ? undefined : shown }));
  }

  /** Erases the secret here. An endpoint's `forget` tells the other end as well. */
  forget(id: string, side: Side): void {
    const entries = this.#load();
    const kept = entries.filter((entry) => !isEntry(entry, id, side));
    if (kept.length < entries.length) this.#save(kept);
  }

  /** For an endpoint: one that has no devices does not load what serves them. */
  createRemembering(side: Side, host: RememberingHost): Remembering {
    return new Remembering(this, side, host);
  }

  /** For an endpoint, as `createRemembering`. */
  createMeetings(side: Side, client: RelayClient, environment: Environment): Meetings {
    return new Meetings(side, client, environment);
  }

  /** Where the page waits for those it used last. */
  pageMeetings(most: number): Meeting[] {
    return this.entries('page')
      .slice(0, most)
      .map((entry) => currentMeeting(entry));
  }

  /** Where the phone finds that computer; empty when it is not remembered. */
  phoneMeetings(id: string): Meeting[] {
    const entry = this.find(id, 'phone');
    return entry ? phoneMeetings(entry) : [];
  }

  /** With their secrets. */
  entries(side: Side): RememberedEntry[] {
    return this.#load()
      .filter((entry) => entry.side === side)
      .toSorted((a, b) => b.lastUsedAtMs - a.lastUsedAtMs);
  }

  find(id: string, side: Side): RememberedEntry | undefined {
    return this.#load().find((entry) => isEntry(entry, id, side));
  }

  /** Begins to remember an end. @param first - the first secret of the chain */
  add(first: Uint8Array, of: Pick<RememberedEntry, 'side' | 'name' | 'textBytes'>): void {
    const id = rememberedId(first);
    const nowMs = this.#nowMs();
    const others = this.#load().filter((entry) => !isEntry(entry, id, of.side));
    const kept = others
      .toSorted((a, b) => b.lastUsedAtMs - a.lastUsedAtMs)
      .slice(0, MAX_REMEMBERED - 1);
    const { side, name, textBytes } = of;
    const times = { createdAtMs: nowMs, lastUsedAtMs: nowMs };
    this.#save([{ id, side, name, textBytes, generation: 0, secret: first, ...times }, ...kept]);
  }

  /** A meeting has used the secret of the generation before up. Going back is not possible. */
  advance(id: string, side: Side, generation: number, name: string): void {
    this.#change(id, side, (entry) => {
      const moved = { ...entry, name, lastUsedAtMs: this.#nowMs() };
      while (moved.generation < generation) {
        moved.previous = moved.secret;
        moved.secret = nextSecret(moved.secret);
        moved.generation += 1;
      }
      return moved;
    });
  }

  #change(id: string, side: Side, change: (entry: RememberedEntry) => RememberedEntry): void {
    const entries = this.#load();
    if (!entries.some((entry) => isEntry(entry, id, side))) return;
    this.#save(entries.map((entry) => (isEntry(entry, id, side) ? change(entry) : entry)));
  }

  #load(): RememberedEntry[] {
    try {
      const text = this.#store.load();
      if (text === undefined || text.length > MAX_KEPT_LENGTH) return [];
      const kept: unknown = JSON.parse(text);
      if (!Array.isArray(kept)) return [];
      return kept.slice(0, MAX_REMEMBERED).flatMap((each) => {
        const result = v.safeParse(EntrySchema, each);
        return result.success && this.#isFresh(result.output) ? [result.output] : [];
      });
    } catch {
      return [];
    }
  }

  #isFresh({ lastUsedAtMs }: RememberedEntry): boolean {
    return this.#nowMs() - lastUsedAtMs < REMEMBERED_LIFE_MS;
  }

  #save(entries: readonly RememberedEntry[]): void {
    try {
      if (entries.length === 0) return this.#store.clear();
      this.#store.save(
        JSON.stringify(
          entries.map(({ secret: own, previous, ...rest }) => ({
            ...rest,
            secret: encodeBase64url(own),
            ...(previous && { previous: encodeBase64url(previous) }),
          })),
        ),
      );
    } catch {
      // Nobody is remembered then, as when the person forbids storage.
    }
  }
}

function isEntry(entry: RememberedEntry, id: string, side: Side): boolean {
  return entry.id === id && entry.side === side;
}
