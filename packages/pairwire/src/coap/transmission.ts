/**
 * Transmission parameters (RFC 7252 §4.8).
 *
 * The RFC starts at 2 s and ends after five transmissions, for networks of battery-driven radios.
 * Somebody waits for each character here, so we start at 250 ms and stop doubling at 2 s; below
 * one second §4.8.1 asks for care with congestion, which NSTART = 1 and the small segments give.
 */
export interface TransmissionParameters {
  /** ACK_TIMEOUT: least wait before the first retransmission. Default 250 ms. */
  ackTimeoutMs: number;
  /** ACK_RANDOM_FACTOR: the first wait is drawn from ackTimeoutMs to this many times it. Default 1.5. */
  ackRandomFactor: number;
  /** Waits double up to this one, before the random factor. Default 2 000 ms; the RFC has no ceiling. */
  maxAckTimeoutMs: number;
  /** Transmissions in all, the first included: MAX_RETRANSMIT + 1. Default 8. */
  maxTransmissions: number;
  /** How long a message id is remembered, in place of EXCHANGE_LIFETIME (247 s). Default 60 000 ms. */
  exchangeLifetimeMs: number;
}

export const DEFAULT_TRANSMISSION: Readonly<TransmissionParameters> = Object.freeze({
  ackTimeoutMs: 250,
  ackRandomFactor: 1.5,
  maxAckTimeoutMs: 2000,
  maxTransmissions: 8,
  exchangeLifetimeMs: 60_000,
});

/** The wait after transmission number `transmissions`, counted from one (§4.2). */
export function retransmissionTimeoutMs(
  parameters: TransmissionParameters,
  transmissions: number,
  fraction: number,
): number {
  const { ackTimeoutMs, ackRandomFactor, maxAckTimeoutMs } = parameters;
  const doubled = Math.min(ackTimeoutMs * 2 ** (transmissions - 1), maxAckTimeoutMs);
  return doubled * (1 + fraction * (ackRandomFactor - 1));
}
