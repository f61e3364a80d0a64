/**
 * Finished texts of this side: waiting, on their way, arrived. docs/protocol/pairing.md §9.2, §10.3.
 *
 * On the wire a final has an id, 1, 2, 3 …; towards the application a key, the same number as long
 * as nothing went wrong. They differ when this end was restored from a state older than what it
 * had sent since: ids that were used meanwhile are left to what was sent under them.
 */
import type { FinalEdit, SecretEdit } from './edit.ts';
import type { Delivery } from './endpoint.ts';
import { QueueFullError } from './errors.ts';

const MAX_QUEUED = 10_000;
const MAX_QUEUED_UNITS = 4 * 1_048_576;
/** Own finals whose `shown` is still awaited; older ones are no longer told about. */
const MAX_AWAITING_SHOWN = 1000;
/** How many of these are worth keeping over a reload. */
const MAX_KEPT_AWAITING = 100;

interface OwnFinal {
  type: 'final' | 'secret';
  key: string;
  /** Absent until it is known which ids are free. */
  id?: number | undefined;
  text: string;
}

/** What is kept of own finals over a reload. */
export interface KeptFinals {
  lastId: number;
  lastKey: number;
  /** Not known to have arrived, oldest first. A secret is kept without its text (§9.4). */
  unsent: { key: string; id?: number | undefined; text: string; secret: boolean }[];
  /** Arrived, not yet shown: id and key. */
  awaitingShown: [number, string][];
}

export class OwnFinals {
  #queue: OwnFinal[] = [];
  #queuedUnits = 0;
  #inFlight: OwnFinal[] = [];
  #lastId = 0;
  #lastKey = 0;
  /** The other side has told which ids it has; until then none is given out. */
  #settled: boolean;
  readonly #awaitingShown = new Map<number, string>();

  /** @param kept - from a life before; undefined for a new link */
  constructor(kept: KeptFinals | undefined) {
    this.#settled = kept === undefined;
    if (kept === undefined) return;
    this.#lastId = kept.lastId;
    this.#lastKey = kept.lastKey;
    for (const { key, id, text, secret } of kept.unsent) {
      this.#queue.push({ type: secret ? 'secret' : 'final', key, id, text });
      this.#queuedUnits += text.length;
    }
    for (const [id, key] of kept.awaitingShown) this.#awaitingShown.set(id, key);
  }

  /** Those not known to be on the other device. */
  get unsent(): number {
    return this.#queue.length + this.#inFlight.length;
  }

  get waiting(): boolean {
    return this.#queue.length > 0;
  }

  /** The oldest id that would be sent again after a change of keys. */
  get next(): number {
    return this.#inFlight[0]?.id ?? this.#queue[0]?.id ?? this.#lastId + 1;
  }

  /**
   * @returns its key
   * @throws QueueFullError
   */
  add(type: OwnFinal['type'], text: string): string {
    if (this.#queue.length >= MAX_QUEUED || this.#queuedUnits + text.length > MAX_QUEUED_UNITS) {
      throw new QueueFullError('too much is waiting for the other side');
    }
    this.#lastKey += 1;
    const final: OwnFinal = { type, key: String(this.#lastKey), text };
    if (this.#settled) final.id = this.#lastId += 1;
    this.#queue.push(final);
    this.#queuedUnits += text.length;
    return final.key;
  }

  /**
   * Gives the oldest to `add` until it refuses one; those are then on their way.
   *
   * @returns the newest id among them, 0 for none, and whether one was a secret
   */
  take(add: (edit: FinalEdit | SecretEdit) => boolean): { lastId: number; secret: boolean } {
    let lastId = 0;
    let secret = false;
    const left = this.#queue.findIndex(
      ({ type, id, text }) => id === undefined || !add({ type, id, text }),
    );
    for (const final of this.#queue.splice(0, left < 0 ? Infinity : left)) {
      this.#queuedUnits -= final.text.length;
      this.#inFlight.push(final);
      lastId = final.id ?? lastId;
      secret ||= final.type === 'secret';
    }
    return { lastId, secret };
  }

  /** The other side has all up to that id. @returns what became of them */
  arrived(lastId: number): Delivery[] {
    const deliveries: Delivery[] = [];
    while (this.#inFlight[0]?.id !== undefined && this.#inFlight[0].id <= lastId) {
      const { type, id, key, text } = this.#inFlight.shift() as OwnFinal & { id: number };
      // A secret that was given up has only kept the count whole.
      if (type === 'secret' && text === '') continue;
      this.#awaitingShown.set(id, key);
      deliveries.push({ id: key, status: 'sent' });
    }
    for (const id of this.#awaitingShown.keys()) {
      if (this.#awaitingShown.size <= MAX_AWAITING_SHOWN) break;
      this.#awaitingShown.delete(id);
    }
    return deliveries;
  }

  /** The other side says that one is on its screen. */
  shown(id: number): Delivery | undefined {
    const key = this.#awaitingShown.get(id);
    if (key === undefined) return undefined;
    this.#awaitingShown.delete(id);
    return { id: key, status: 'shown' };
  }

  /**
   * Under new keys: what the other side has not got goes on its way once more.
   *
   * @param received - the newest id that it has
   */
  restart(received: number): Delivery[] {
    this.#queue = [...this.#inFlight.splice(0), ...this.#queue];
    this.#queuedUnits = this.#queue.reduce((units, { text }) => units + text.length, 0);
    const known = this.#queue.findIndex(({ id }) => id === undefined || id > received);
    const there = this.#queue.splice(0, known < 0 ? Infinity : known);
    for (const { text } of there) this.#queuedUnits -= text.length;
    this.#inFlight = there;
    this.#lastId = Math.max(this.#lastId, received);
    this.#settled = true;
    for (const final of this.#queue) final.id ??= this.#lastId += 1;
    return this.arrived(received);
  }

  keep(): KeptFinals {
    return {
      lastId: this.#lastId,
      lastKey: this.#lastKey,
      unsent: [...this.#inFlight, ...this.#queue].map(({ type, key, id, text }) => {
        const secret = type === 'secret';
        return { key, id, text: secret ? '' : text, secret };
      }),
      awaitingShown: [...this.#awaitingShown].slice(-MAX_KEPT_AWAITING),
    };
  }
}
