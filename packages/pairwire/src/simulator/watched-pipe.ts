/** Looks over the shoulder of an endpoint that opens pipes: why the first one fails, when the last one is gone. */
import type { OpenPipe, Pipe, PipeHandler } from '@pairwire/pairing';

/** An endpoint that gives up an unopened pipe may try once more before the person hears of it. */
const MAX_ABANDONED = 2;

export class WatchedPipe {
  readonly #openPipe: OpenPipe;
  readonly #failed: (closeCode: number) => void;
  #everOpen = false;
  #abandoned = 0;
  #live = 0;
  #onIdle: (() => void) | undefined;

  /** @param failed - no pipe has opened yet, and one has ended with this code */
  constructor(openPipe: OpenPipe, failed: (closeCode: number) => void) {
    this.#openPipe = openPipe;
    this.#failed = failed;
  }

  readonly open: OpenPipe = (handler) => {
    let isOpen = false;
    let isClosing = false;
    this.#live += 1;
    const watched: PipeHandler = {
      open: () => {
        isOpen = true;
        this.#everOpen = true;
        handler.open?.();
      },
      packet: (packet) => handler.packet(packet),
      drain: () => handler.drain?.(),
      close: (close) => {
        this.#live -= 1;
        handler.close(close);
        if (!this.#everOpen && !isClosing) this.#failed(close.code);
        if (this.#live === 0) this.#onIdle?.();
      },
    };
    const pipe = this.#openPipe(watched);
    return this.#watchClose(pipe, () => {
      if (isClosing) return;
      isClosing = true;
      if (!isOpen && !this.#everOpen) this.#abandon();
    });
  };

  /** Resolves when every pipe has ended. */
  idle(): Promise<void> {
    if (this.#live === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }

  #watchClose(pipe: Pipe, closing: () => void): Pipe {
    return {
      send: (packet) => pipe.send(packet),
      close: (code, reason) => {
        closing();
        pipe.close(code, reason);
      },
    };
  }

  #abandon(): void {
    this.#abandoned += 1;
    if (this.#abandoned >= MAX_ABANDONED) this.#failed(ABNORMAL_CLOSURE);
  }
}

/** RFC 6455 §7.4.1. */
const ABNORMAL_CLOSURE = 1006;
