/** A seat at a link, and how its owner comes back to it. docs/protocol/pairing.md §4.3. */
import { encodeBase64url } from './base64url.ts';
import type { Environment } from './environment.ts';
import type { RelayClient } from './relay-client.ts';
import type { Side } from './rendezvous.ts';

export interface Seat {
  side: Side;
  linkId: Uint8Array;
  token: string;
  /** The relay's epoch in which the token was given. */
  epoch: string;
}

const RETRY_FIRST_MS = 1000;
const RETRY_LONGEST_MS = 60_000;
/** A relay that does not answer is asked once more, and again. */
const ANSWER_TIMEOUT_MS = 10_000;

/** Asks the relay for a seat that was had before, until it is there. */
export class SeatReturn {
  readonly #seat: Seat;
  readonly #client: RelayClient;
  readonly #environment: Environment;
  readonly #unanswered: () => void;
  #retries = 0;
  #cancel: (() => void) | undefined;

  /** @param unanswered - told before the relay is asked again */
  constructor(seat: Seat, client: RelayClient, environment: Environment, unanswered: () => void) {
    this.#seat = { ...seat };
    this.#client = client;
    this.#environment = environment;
    this.#unanswered = unanswered;
  }

  /** Where to come back to: the token changes with every return. */
  get seat(): Readonly<Seat> {
    return this.#seat;
  }

  renew(token: string, epoch: string): void {
    this.#seat.token = token;
    this.#seat.epoch = epoch;
  }

  /** There is a new pipe. */
  begin(): void {
    this.#retries = 0;
    this.ask();
  }

  ask(): void {
    const { side, linkId, token, epoch } = this.#seat;
    const link = encodeBase64url(linkId);
    this.#client.send({ type: 'again', v: 1, link, side, token, epoch });
    this.#askLater(ANSWER_TIMEOUT_MS);
  }

  /** The relay is busy. @param retryAfterMs - its own word on it */
  refused(retryAfterMs: number | undefined): void {
    const waitMs = Math.max(RETRY_FIRST_MS * 2 ** this.#retries, retryAfterMs ?? 0);
    this.#retries += 1;
    this.#askLater(Math.min(waitMs, RETRY_LONGEST_MS));
  }

  /** The seat is there, or the pipe is gone. */
  stop(): void {
    this.#cancel?.();
  }

  #askLater(delayMs: number): void {
    this.#cancel?.();
    this.#cancel = this.#environment.setTimer(delayMs, () => {
      this.#unanswered();
      this.ask();
    });
  }
}
