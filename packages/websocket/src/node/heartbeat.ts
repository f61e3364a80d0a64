/**
 * Pings at intervals and notices a peer that is gone (RFC 6455 §5.5.2).
 *
 * One timer, which either waits for the next ping or for a sign of life after one.
 */

export interface HeartbeatOptions {
  readonly pingIntervalMs: number;
  readonly pongTimeoutMs: number;
}

export interface HeartbeatTarget {
  sendHeartbeatPing(payload: Uint8Array): void;
  /** False while we do not read, and so cannot know whether the peer is silent. */
  readonly listening: boolean;
  peerSilent(): void;
}

/**
 * A tenth either way, in steps: connections made together soon no longer beat together. Node keeps
 * a list of timers for each delay there is, so there are few.
 */
const JITTER = 0.1;
const JITTER_STEPS = 64;

export class Heartbeat {
  roundTripMs: number | undefined;
  /** The owner sets this with every chunk that arrives. */
  heard = false;
  readonly #options: HeartbeatOptions;
  readonly #target: HeartbeatTarget;
  #timer: NodeJS.Timeout | undefined;
  #awaitingSign = false;
  #sequence = 0;
  #sentAtMs = 0;

  constructor(options: HeartbeatOptions, target: HeartbeatTarget) {
    this.#options = options;
    this.#target = target;
    this.#waitForNextPing();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** @returns whether this Pong answers the heartbeat's last Ping */
  takePong(payload: Buffer): boolean {
    if (this.#sentAtMs === 0 || payload.length !== 4) return false;
    if (payload.readUInt32BE() !== this.#sequence) return false;
    this.roundTripMs = performance.now() - this.#sentAtMs;
    this.#sentAtMs = 0;
    if (this.#awaitingSign) {
      clearTimeout(this.#timer);
      this.#waitForNextPing();
    }
    return true;
  }

  tick(): void {
    if (this.#awaitingSign) {
      if (this.heard || !this.#target.listening) this.#waitForNextPing();
      else this.#target.peerSilent();
      return;
    }
    this.#ping();
    const { pongTimeoutMs } = this.#options;
    if (pongTimeoutMs === 0) {
      this.#waitForNextPing();
      return;
    }
    this.#awaitingSign = true;
    this.heard = false;
    this.#timer = setTimeout(tick, pongTimeoutMs, this).unref();
  }

  #ping(): void {
    this.#sequence = (this.#sequence + 1) >>> 0;
    const payload = Buffer.allocUnsafe(4);
    payload.writeUInt32BE(this.#sequence);
    this.#sentAtMs = performance.now();
    this.#target.sendHeartbeatPing(payload);
  }

  #waitForNextPing(): void {
    this.#awaitingSign = false;
    const step = Math.floor(Math.random() * (JITTER_STEPS + 1));
    const spread = 1 + JITTER * ((2 * step) / JITTER_STEPS - 1);
    this.#timer = setTimeout(tick, this.#options.pingIntervalMs * spread, this).unref();
  }
}

function tick(heartbeat: Heartbeat): void {
  heartbeat.tick();
}
