/**
 * Runs tasks one after another, in the order they came.
 *
 * HPKE's calls are asynchronous; this keeps one input's work from interleaving with the next. With
 * ciphers that only ever wait for microtasks, the queue is empty again before the runtime delivers
 * its next event.
 */
export class SerialQueue {
  readonly #failed: (error: unknown) => void;
  #last: Promise<void> = Promise.resolve();

  /** @param failed - told of what a task threw; the next task runs all the same. */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  add(task: () => void | Promise<void>): void {
    this.#last = this.#last.then(task).catch(this.#failed);
  }
}
