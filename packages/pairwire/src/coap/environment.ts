/** Time and randomness as the cores of this folder get them, so that tests can replace both. */
export interface Environment {
  /** Bytes fit for keys. A fresh array on every call. */
  randomBytes(length: number): Uint8Array;
  /** Milliseconds since any fixed moment, never going back. */
  nowMs(): number;
  /** Runs once, after at least this long. @returns a function that cancels. */
  setTimer(delayMs: number, run: () => void): () => void;
}

/** Where a datagram comes from or goes to. */
export interface Peer {
  address: string;
  port: number;
}

/** Messages and tokens belong to an endpoint, which is address and port together (RFC 7252 §4.4, §5.3.2). */
export function peerKey({ address, port }: Peer): string {
  return `${address}|${port}`;
}

/** Hands a datagram to the network. Must not call back into the core before it returns. */
export type Transmit = (datagram: Uint8Array, peer: Peer) => void;

/** A number from 0 inclusive to 1 exclusive, 16 bits fine. */
export function randomFraction(environment: Environment): number {
  return randomUint16(environment) / 0x10000;
}

export function randomUint16(environment: Environment): number {
  const [high = 0, low = 0] = environment.randomBytes(2);
  return (high << 8) | low;
}
