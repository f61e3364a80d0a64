/**
 * What an endpoint asks of the world around it: a pipe to the relay, random bytes, time.
 *
 * The package itself opens nothing and waits for nothing; everything arrives through these.
 */

/** One unit of a pipe: text or bytes, with its boundaries kept. */
export type Packet = string | Uint8Array;

/** What a pipe tells its user. Nothing is called after `close`. */
export interface PipeHandler {
  open?(): void;
  packet(packet: Packet): void;
  /** The pipe takes packets again after `send` returned false. */
  drain?(): void;
  /**
   * A better way to the same relay is open. Whoever wants it calls `take` before returning; this
   * pipe stays until it is closed.
   */
  better?(take: OpenPipe): void;
  close(close: { code: number; reason: string }): void;
}

/** An ordered way to the relay and back. A channel fits; so does CoAP. When it breaks it is over. */
export interface Pipe {
  /** @returns false: taken, but wait for `drain` before sending more. */
  send(packet: Packet): boolean;
  /** What was sent before still goes out, as far as the network lets it. */
  close(code?: number, reason?: string): void;
}

/** Opens a pipe. The handler may be called before this returns. */
export type OpenPipe = (handler: PipeHandler) => Pipe;

export interface Environment {
  /** Bytes fit for keys: `crypto.getRandomValues` or the like. A fresh array on every call. */
  randomBytes(length: number): Uint8Array;
  /** Milliseconds since any fixed moment. A clock that jumps only moves the rate limits. */
  nowMs(): number;
  /** Runs once, after at least this long. @returns a function that cancels. */
  setTimer(delayMs: number, run: () => void): () => void;
}
