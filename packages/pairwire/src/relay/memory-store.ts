import type { Clock } from './clock.ts';
import { DeadlineQueue } from './deadline-queue.ts';
import {
  ENDED_LINK_LIFE_MS,
  type LinkStore,
  type StoredLink,
  type VersionedLink,
} from './link-store.ts';

const EPOCH_BYTES = 16;
/** Beyond this the oldest are forgotten early, and their late visitors hear `unknown-link`. */
const MAX_ENDED = 65_536;

/**
 * Links in this process's memory. Live ones are bounded by the relay, which ends them itself;
 * ended ones by time and number here.
 */
export class MemoryStore implements LinkStore {
  readonly epoch: string;
  readonly #links = new Map<string, VersionedLink>();
  readonly #ended: DeadlineQueue<string>;

  constructor(clock: Clock, randomBytes: (length: number) => Uint8Array) {
    this.epoch = Buffer.from(randomBytes(EPOCH_BYTES)).toString('base64url');
    this.#ended = new DeadlineQueue(clock, ENDED_LINK_LIFE_MS, (id) => this.#links.delete(id));
  }

  /** Links in memory, those that ended a short while ago included. */
  get size(): number {
    return this.#links.size;
  }

  async read(id: string): Promise<VersionedLink | undefined> {
    return this.#links.get(id);
  }

  async write(id: string, link: StoredLink, version: number): Promise<boolean> {
    if ((this.#links.get(id)?.version ?? 0) !== version) return false;
    this.#links.set(id, { link, version: version + 1 });
    if (link.state === 'ended') this.#forgetLater(id);
    else this.#ended.delete(id);
    return true;
  }

  async check(): Promise<void> {}

  /** Everything it holds, to be looked through. */
  entries(): IterableIterator<[string, VersionedLink]> {
    return this.#links.entries();
  }

  #forgetLater(id: string): void {
    const oldest = this.#ended.oldest();
    if (this.#ended.size >= MAX_ENDED && oldest !== undefined) {
      this.#ended.delete(oldest);
      this.#links.delete(oldest);
    }
    this.#ended.set(id);
  }
}
