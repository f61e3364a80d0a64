/**
 * One pipe to the relay at a time, opened again when it breaks. docs/protocol/pairing.md §4.
 */
import type { Environment, OpenPipe, Packet, Pipe } from './environment.ts';
import type { RateLimits } from './pacer.ts';
import {
  decodeEnvelope,
  encodeEnvelope,
  formatRequest,
  parseReply,
  type Envelope,
  type Reply,
  type Request,
} from './rendezvous.ts';

const BACKOFF_FIRST_MS = 250;
const BACKOFF_LONGEST_MS = 5000;
/** A pipe that held so long was a good one: the next may be opened at once. */
const GOOD_PIPE_MS = 10_000;
const WELCOME_TIMEOUT_MS = 10_000;
/** More than this at once is nothing an honest relay sends. */
const MAX_WAITING_PACKETS = 4096;

export interface RelayClientHost {
  /** A pipe is open and the relay has greeted. */
  welcome(epoch: string, limits: RateLimits): void | Promise<void>;
  reply(reply: Reply): void | Promise<void>;
  envelope(envelope: Envelope): void | Promise<void>;
  /** The pipe takes packets again. */
  drained(): void;
  /** The pipe is gone; another is opened after this unless `stop` is called. */
  lost(closeCode: number): void;
  /** The relay speaks another version. */
  unspeakable(): void;
  /** Runs a task after those before it. */
  enqueue(task: () => void | Promise<void>): void;
}

/** Everything but `stop` is called from, and calls, inside the host's queue. */
export class RelayClient {
  readonly #openPipe: OpenPipe;
  readonly #environment: Environment;
  readonly #host: RelayClientHost;
  #running = false;
  #pipe: Pipe | undefined;
  /** Counts pipes, so that what an old one still says is not heard. */
  #generation = 0;
  #waiting = 0;
  #welcomed = false;
  #welcomedAtMs = 0;
  #failures = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(openPipe: OpenPipe, environment: Environment, host: RelayClientHost) {
    this.#openPipe = openPipe;
    this.#environment = environment;
    this.#host = host;
  }

  /** Whether requests reach the relay now. */
  get online(): boolean {
    return this.#welcomed;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#failures = 0;
    this.#open();
  }

  stop(): void {
    this.#running = false;
    this.#cancelTimer?.();
    this.#drop();
  }

  /** Closes the pipe and opens another, no sooner than after `delayMs`. */
  restart(delayMs: number): void {
    if (!this.#running) return;
    this.#drop();
    this.#openLater(delayMs);
  }

  /** Lost when there is no pipe: what matters is repeated after the next `welcome`. */
  send(request: Request): void {
    this.#sendPacket(formatRequest(request));
  }

  /** @returns false: taken, but wait for `drained`. */
  sendEnvelope(envelope: Envelope): boolean {
    return this.#sendPacket(encodeEnvelope(envelope));
  }

  #sendPacket(packet: Packet): boolean {
    if (!this.#welcomed || this.#pipe === undefined) return true;
    try {
      return this.#pipe.send(packet);
    } catch {
      // The pipe is closing; its close event follows and everything is repeated on the next one.
      return true;
    }
  }

  #open(): void {
    this.#generation += 1;
    const generation = this.#generation;
    const whenCurrent = (task: () => void | Promise<void>): void => {
      this.#host.enqueue(() => (generation === this.#generation ? task() : undefined));
    };
    this.#cancelTimer = this.#environment.setTimer(WELCOME_TIMEOUT_MS, () => this.#gone(1006));
    try {
      this.#pipe = this.#openPipe({
        packet: (packet) => {
          if (generation !== this.#generation || this.#waiting >= MAX_WAITING_PACKETS) return;
          this.#waiting += 1;
          this.#host.enqueue(() => {
            this.#waiting -= 1;
            return generation === this.#generation ? this.#packet(packet) : undefined;
          });
        },
        drain: () => whenCurrent(() => this.#host.drained()),
        close: ({ code }) => whenCurrent(() => this.#gone(code)),
      });
    } catch {
      whenCurrent(() => this.#gone(1006));
    }
  }

  #packet(packet: Packet): void | Promise<void> {
    if (typeof packet !== 'string') {
      const envelope = this.#welcomed ? decodeEnvelope(packet) : undefined;
      return envelope && this.#host.envelope(envelope);
    }
    const parsed = parseReply(packet);
    if (!parsed.ok) {
      if (!this.#welcomed && parsed.path === 'v') this.#host.unspeakable();
      return;
    }
    const reply = parsed.value;
    if (reply.type !== 'welcome') return this.#welcomed ? this.#host.reply(reply) : undefined;
    if (this.#welcomed) return;
    this.#welcomed = true;
    this.#welcomedAtMs = this.#environment.nowMs();
    this.#cancelTimer?.();
    return this.#host.welcome(reply.epoch, reply.limits);
  }

  #gone(closeCode: number): void {
    if (this.#welcomed && this.#environment.nowMs() - this.#welcomedAtMs >= GOOD_PIPE_MS) {
      this.#failures = 0;
    }
    this.#drop();
    this.#host.lost(closeCode);
    if (this.#running) this.#openLater(0);
  }

  #openLater(delayMs: number): void {
    this.#cancelTimer = this.#environment.setTimer(Math.max(delayMs, this.#backoffMs()), () =>
      this.#open(),
    );
    this.#failures += 1;
  }

  /** 0, then 250 ms doubling to 5 s, each between half and the whole, so that not everybody comes back at once. */
  #backoffMs(): number {
    if (this.#failures === 0) return 0;
    const longest = Math.min(BACKOFF_FIRST_MS * 2 ** (this.#failures - 1), BACKOFF_LONGEST_MS);
    const [random = 0] = this.#environment.randomBytes(1);
    return (longest * (256 + random)) / 512;
  }

  #drop(): void {
    const pipe = this.#pipe;
    this.#generation += 1;
    this.#pipe = undefined;
    this.#welcomed = false;
    this.#cancelTimer?.();
    try {
      pipe?.close(1000);
    } catch {
      // Closed already.
    }
  }
}
