import type { TransportName } from '../protocol/channel.ts';
import { systemClock, type Clock } from './clock.ts';

/** Where the rung is kept beyond the life of a page: `sessionStorage` fits. */
export interface LadderStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export interface LadderMemoryOptions {
  /** Default: none, the rung is known as long as the object lives. */
  storage?: LadderStorage | undefined;
  /** Default: the runtime's. */
  clock?: Clock | undefined;
}

const KEY = 'pairwire.transport';
/**
 * A channel that breaks sooner was no good: something on the way cuts what this rung is made of.
 * Longer than the silence between two pings, and than the four tries of a long poll behind a proxy
 * that cuts after a few seconds.
 */
const STEADY_MS = 30_000;
/** One break may be anything; so many in a row, and the rung is left alone for a while. */
const BREAKS = 3;
const AVOID_FIRST_MS = 60_000;
const AVOID_LONGEST_MS = 600_000;

interface Setback {
  breaks: number;
  /** How often it was avoided already. */
  times: number;
  untilMs: number;
}

/**
 * What the ladder has learned about the network it is on: which rung carried last, and which of
 * them open but do not last. Shared by the channels that are opened to one server one after
 * another.
 *
 * Nothing tells a program in which network it is, only that it has changed: call `forget` then.
 */
export class LadderMemory {
  readonly #storage: LadderStorage | undefined;
  readonly #clock: Clock;
  readonly #setbacks = new Map<TransportName, Setback>();
  #last: string | undefined;

  constructor({ storage, clock = systemClock }: LadderMemoryOptions = {}) {
    this.#storage = storage;
    this.#clock = clock;
    this.#last = this.#stored((kept) => kept.getItem(KEY)) ?? undefined;
  }

  /** The rungs in the order to try them: what carried last, the rest from the top, what breaks last of all. */
  order<R extends { name: TransportName }>(rungs: readonly R[]): R[] {
    const rank = ({ name }: R): number => {
      if (this.isAvoided(name)) return 2;
      return name === this.#last ? 0 : 1;
    };
    return [...rungs].sort((a, b) => rank(a) - rank(b));
  }

  /** It opens here but has broken again and again. */
  isAvoided(name: TransportName): boolean {
    return (this.#setbacks.get(name)?.untilMs ?? 0) > this.#clock.nowMs();
  }

  opened(name: TransportName): void {
    this.#last = name;
    this.#stored((kept) => kept.setItem(KEY, name));
  }

  /** A channel on this rung broke: nobody ended it. */
  broke(name: TransportName, openForMs: number): void {
    if (openForMs >= STEADY_MS) {
      this.#setbacks.delete(name);
      return;
    }
    const setback = this.#setbacks.get(name) ?? { breaks: 0, times: 0, untilMs: 0 };
    this.#setbacks.set(name, setback);
    setback.breaks += 1;
    // Whoever comes back from being avoided gets one chance, not three.
    if (setback.breaks < BREAKS && setback.times === 0) return;
    setback.untilMs =
      this.#clock.nowMs() + Math.min(AVOID_FIRST_MS * 2 ** setback.times, AVOID_LONGEST_MS);
    setback.times += 1;
  }

  /** The network is another one. */
  forget(): void {
    this.#last = undefined;
    this.#setbacks.clear();
    this.#stored((kept) => kept.removeItem(KEY));
  }

  /** Browsers refuse storage in private windows and by setting: then there is none. */
  #stored<T>(use: (storage: LadderStorage) => T): T | undefined {
    try {
      return this.#storage && use(this.#storage);
    } catch {
      return undefined;
    }
  }
}
