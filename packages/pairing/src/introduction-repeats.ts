import type { Environment } from './environment.ts';

/** At most one introduction is repeated in this time, however often the relay says that somebody came. */
const INTERVAL_MS = 1000;

/** When an end repeats what the other one needs of its introduction (docs/protocol/pairing.md §5.2). */
export class IntroductionRepeats {
  readonly #environment: Environment;
  readonly #repeat: () => void;
  #repeatedAtMs = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(environment: Environment, repeat: () => void) {
    this.#environment = environment;
    this.#repeat = repeat;
  }

  /** The other side can be reached: repeats now, or as soon as it may. */
  ask(): void {
    const waitMs = this.#repeatedAtMs + INTERVAL_MS - this.#environment.nowMs();
    if (waitMs > 0 && waitMs <= INTERVAL_MS) {
      this.#cancel ??= this.#environment.setTimer(waitMs, () => this.#repeatNow());
    } else {
      this.#repeatNow();
    }
  }

  /** There is another link, or none. */
  reset(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#repeatedAtMs = Number.NEGATIVE_INFINITY;
  }

  #repeatNow(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#repeatedAtMs = this.#environment.nowMs();
    this.#repeat();
  }
}
