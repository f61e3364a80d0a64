/** Runs tasks of one key one after the other; those of different keys do not wait for each other. */
export class KeyedQueue {
  readonly #tails = new Map<string, Promise<unknown>>();

  run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key);
    // A task that failed has told whoever asked for it; the next one goes ahead regardless.
    const result = before === undefined ? task() : before.then(task, task);
    this.#tails.set(key, result);
    const forget = () => {
      if (this.#tails.get(key) === result) this.#tails.delete(key);
    };
    result.then(forget, forget);
    return result;
  }

  /** Keys with tasks that are not done. */
  get size(): number {
    return this.#tails.size;
  }
}
