/**
 * One pipe to the relay at a time, opened again when it breaks. docs/protocol/pairing.md §4.
 */
import type { Environment, OpenPipe, Packet, Pipe, PipeHandler } from './environment.ts';
import type { RateLimits } from './pacer.ts';
import {
  decodeEnvelope,
  encodeEnvelope,
  mayComeBackAtOnce,
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
/** A relay that lives answers within this. */
const PROBE_TIMEOUT_MS = 3000;
/** An attempt from before the device slept gets so much more time. */
const STALE_ATTEMPT_MS = 5000;
/** A relay closes the pipe that gave up its seat; one that does not is not waited for longer. */
const LEFT_PIPE_MS = 5000;
/** More than this at once is nothing an honest relay sends. */
const MAX_WAITING_PACKETS = 4096;

export interface RelayClientHost {
  /** A pipe is open and the relay has greeted. Also when it is a better one beside that in use. */
  welcome(epoch: string, limits: RateLimits): void | Promise<void>;
  reply(reply: Reply): void | Promise<void>;
  envelope(envelope: Envelope): void | Promise<void>;
  /** The pipe takes packets again. */
  drained(): void;
  /** Whether everything can go on over another pipe now. */
  mayMove(): boolean;
  /** The pipe is gone; another is opened after this unless `stop` is called. */
  lost(closeCode: number): void;
  /** The relay speaks another version. */
  unspeakable(): void;
  /** Runs a task after those before it. */
  enqueue(task: () => void | Promise<void>): void;
}

/** A pipe and what it has said. */
interface Line {
  pipe?: Pipe;
  /** Packets that wait in the host's queue. */
  waiting: number;
}

/** Everything but `stop` and `mayMove` is called from, and calls, inside the host's queue. */
export class RelayClient {
  readonly #openPipe: OpenPipe;
  readonly #environment: Environment;
  readonly #host: RelayClientHost;
  #running = false;
  /** The one in use; what others still say is not heard. */
  #line: Line | undefined;
  /** A better one, until the relay has greeted on it. */
  #next: Line | undefined;
  #welcomed = false;
  #welcomedAtMs = 0;
  #failures = 0;
  #calledBackAtMs = Number.NEGATIVE_INFINITY;
  #cancelNext: (() => void) | undefined;
  #endLeft: (() => void) | undefined;
  #cancelTimer: (() => void) | undefined;
  #cancelProbe: (() => void) | undefined;

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
    this.#endLeft?.();
    this.#drop();
  }

  /** Closes the pipe and opens another, no sooner than after `delayMs`. */
  restart(delayMs: number): void {
    if (!this.#running) return;
    this.#drop();
    this.#openLater(delayMs);
  }

  /**
   * The device may have slept, or changed its network: a pipe that is waited for is opened at once,
   * and one that is open has to show that it lives.
   *
   * @param ask - says something that the relay answers @returns false: there is nothing to ask
   */
  probe(ask: () => boolean): void {
    if (!this.#running) return;
    this.#failures = 0;
    if (this.#welcomed) {
      this.#cancelProbe?.();
      const asked = ask();
      if (asked) this.#cancelProbe = this.#setTimer(PROBE_TIMEOUT_MS);
      return;
    }
    this.#cancelTimer?.();
    if (this.#line === undefined) this.#open();
    else this.#cancelTimer = this.#setTimer(STALE_ATTEMPT_MS);
  }

  #setTimer(delayMs: number): () => void {
    return this.#environment.setTimer(delayMs, () => this.#gone(1006));
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
    const pipe = this.#line?.pipe;
    if (!this.#welcomed || pipe === undefined) return true;
    try {
      return pipe.send(packet);
    } catch {
      // The pipe is closing; its close event follows and everything is repeated on the next one.
      return true;
    }
  }

  #open(): void {
    const line: Line = { waiting: 0 };
    this.#line = line;
    this.#cancelTimer = this.#setTimer(WELCOME_TIMEOUT_MS);
    this.#connect(line, this.#openPipe);
  }

  /** A second pipe beside the one in use, which it replaces when the relay greets on it. */
  #openBeside(open: OpenPipe): void {
    if (!this.#running || this.#next !== undefined || !this.#welcomed) return;
    if (!this.#host.mayMove()) return;
    const line: Line = { waiting: 0 };
    this.#next = line;
    this.#cancelNext = this.#environment.setTimer(WELCOME_TIMEOUT_MS, () => this.#dropNext());
    this.#connect(line, open);
  }

  #connect(line: Line, open: OpenPipe): void {
    const isHeard = (): boolean => line === this.#line || line === this.#next;
    const whenHeard = (task: () => void | Promise<void>): void => {
      this.#host.enqueue(() => (isHeard() ? task() : undefined));
    };
    const closed = (code: number): void => {
      if (line === this.#line) this.#gone(code);
      else this.#dropNext();
    };
    const handler: PipeHandler = {
      packet: (packet) => {
        if (!isHeard() || line.waiting >= MAX_WAITING_PACKETS) return;
        line.waiting += 1;
        this.#host.enqueue(() => {
          line.waiting -= 1;
          return isHeard() ? this.#packet(line, packet) : undefined;
        });
      },
      drain: () => whenHeard(() => (line === this.#line ? this.#host.drained() : undefined)),
      better: (take) => {
        if (line === this.#line) this.#openBeside(take);
      },
      close: ({ code }) => whenHeard(() => closed(code)),
    };
    try {
      line.pipe = open(handler);
    } catch {
      whenHeard(() => closed(1006));
    }
  }

  #packet(line: Line, packet: Packet): void | Promise<void> {
    const isGreeted = line === this.#line && this.#welcomed;
    if (isGreeted) this.#cancelProbe?.();
    if (typeof packet !== 'string') {
      const envelope = isGreeted ? decodeEnvelope(packet) : undefined;
      return envelope && this.#host.envelope(envelope);
    }
    const parsed = parseReply(packet);
    if (!parsed.ok) {
      if (line === this.#next) this.#dropNext();
      else if (!isGreeted && parsed.path === 'v') this.#host.unspeakable();
      return;
    }
    const reply = parsed.value;
    if (reply.type !== 'welcome') return isGreeted ? this.#host.reply(reply) : undefined;
    if (isGreeted) return;
    if (line === this.#next) {
      if (!this.#host.mayMove()) return this.#dropNext();
      this.#moveTo(line);
    }
    this.#welcomed = true;
    this.#welcomedAtMs = this.#environment.nowMs();
    this.#cancelTimer?.();
    return this.#host.welcome(reply.epoch, reply.limits);
  }

  /**
   * From now on the better pipe is the pipe. The relay closes the old one when the seat is taken
   * on the new one: were it closed from here, the other side would see this one fall asleep.
   */
  #moveTo(line: Line): void {
    const left = this.#line?.pipe;
    this.#line = line;
    this.#next = undefined;
    this.#cancelNext?.();
    this.#endLeft?.();
    const cancel = this.#environment.setTimer(LEFT_PIPE_MS, () => this.#endLeft?.());
    this.#endLeft = () => {
      this.#endLeft = undefined;
      cancel();
      endPipe(left);
    };
  }

  #gone(closeCode: number): void {
    if (this.#welcomed && this.#environment.nowMs() - this.#welcomedAtMs >= GOOD_PIPE_MS) {
      this.#failures = 0;
    }
    if (this.#welcomed && mayComeBackAtOnce(closeCode)) this.#calledBack();
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

  /** The relay asks to be visited again, but not as often as it likes. */
  #calledBack(): void {
    const nowMs = this.#environment.nowMs();
    if (Math.abs(nowMs - this.#calledBackAtMs) < BACKOFF_LONGEST_MS) return;
    this.#calledBackAtMs = nowMs;
    this.#failures = 0;
  }

  #drop(): void {
    const pipe = this.#line?.pipe;
    this.#line = undefined;
    this.#welcomed = false;
    this.#cancelTimer?.();
    this.#cancelProbe?.();
    this.#dropNext();
    endPipe(pipe);
  }

  #dropNext(): void {
    const pipe = this.#next?.pipe;
    this.#next = undefined;
    this.#cancelNext?.();
    endPipe(pipe);
  }
}

function endPipe(pipe: Pipe | undefined): void {
  try {
    pipe?.close(1000);
  } catch {
    // Closed already.
  }
}
