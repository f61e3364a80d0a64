import type { ChannelClose, TransportName } from '../protocol/channel.ts';
import { ChannelCloseCode } from '../protocol/close-code.ts';
import type { Packet } from '../protocol/packet.ts';
import type { Transport, TransportEvents } from '../protocol/transport.ts';
import type { Clock } from './clock.ts';
import type { LadderMemory } from './ladder-memory.ts';

/** One way to the server, best first. */
export interface Rung {
  readonly name: TransportName;
  carry(events: TransportEvents): Transport;
}

export interface LadderParts {
  /** In the order to try them; at least one. */
  readonly rungs: readonly Rung[];
  /** How long a rung has the field to itself. */
  readonly rungTimeoutMs: number;
  readonly memory: LadderMemory;
  readonly clock: Clock;
}

/**
 * A user who ends a channel on which nothing ever came, after at least so long, has given it up:
 * something on the way lets connections open and keeps what is said on them.
 */
const MUTE_MS = 5_000;

/** One rung in the race. */
interface Attempt {
  readonly name: TransportName;
  readonly transport: Transport;
}

/**
 * Opens a channel by the first transport that gets through: tries one, starts the next beside it
 * when that takes long or fails, and closes all but the first that opens
 * (docs/protocol/channel.md, “The ladder”).
 */
export class LadderTransport implements Transport {
  readonly #parts: LadderParts;
  readonly #events: TransportEvents;
  readonly #attempts = new Set<Attempt>();
  #started = 0;
  #winner: Attempt | undefined;
  #openedAtMs = 0;
  #hasReceived = false;
  #isPaused = false;
  #isClosing = false;
  #failure: ChannelClose | undefined;
  #cancelTimer: (() => void) | undefined;

  constructor(parts: LadderParts, events: TransportEvents) {
    this.#parts = parts;
    this.#events = events;
    this.#startNext();
  }

  /** While it is connecting: the rung that was tried first. */
  get name(): TransportName {
    return this.#winner?.name ?? this.#parts.rungs[0]?.name ?? 'websocket';
  }

  get bufferedBytes(): number {
    return this.#winner?.transport.bufferedBytes ?? 0;
  }

  send(packet: Packet): boolean {
    return this.#winner?.transport.send(packet) ?? false;
  }

  close(code: number, reason: string): void {
    this.#isClosing = true;
    this.#cancelTimer?.();
    const open = this.#winner === undefined ? this.#attempts : [this.#winner];
    for (const { transport } of open) transport.close(code, reason);
  }

  pause(): void {
    this.#isPaused = true;
    this.#winner?.transport.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#winner?.transport.resume();
  }

  #startNext(): void {
    const rung = this.#parts.rungs[this.#started];
    this.#cancelTimer?.();
    if (rung === undefined) return;
    this.#started += 1;
    const attempt: Attempt = {
      name: rung.name,
      transport: rung.carry(this.#eventsOf(() => attempt)),
    };
    this.#attempts.add(attempt);
    this.#cancelTimer = this.#parts.clock.setTimer(this.#parts.rungTimeoutMs, () =>
      this.#startNext(),
    );
  }

  /** Heard only from the winner; a transport is silent until its constructor is done. */
  #eventsOf(attempt: () => Attempt): TransportEvents {
    return {
      opened: () => this.#opened(attempt()),
      received: (packet) => {
        if (attempt() !== this.#winner) return;
        this.#hasReceived = true;
        this.#events.received(packet);
      },
      drained: () => {
        if (attempt() === this.#winner) this.#events.drained();
      },
      closed: (close) => this.#closed(attempt(), close),
    };
  }

  #opened(attempt: Attempt): void {
    if (this.#winner !== undefined || this.#isClosing) return;
    this.#winner = attempt;
    this.#cancelTimer?.();
    this.#openedAtMs = this.#parts.clock.nowMs();
    for (const { transport } of this.#attempts) {
      if (transport !== attempt.transport) transport.close(ChannelCloseCode.normal, '');
    }
    this.#parts.memory.opened(attempt.name);
    if (this.#isPaused) attempt.transport.pause();
    this.#events.opened();
  }

  #closed(attempt: Attempt, close: ChannelClose): void {
    this.#attempts.delete(attempt);
    if (attempt === this.#winner) {
      this.#learn(attempt.name, close);
      return this.#events.closed(close);
    }
    if (this.#winner !== undefined) return;
    // The best rung's failure says most, unless a lower one got as far as an answer.
    const saysMore =
      close.code !== ChannelCloseCode.lost && this.#failure?.code === ChannelCloseCode.lost;
    if (this.#failure === undefined || saysMore) this.#failure = close;
    if (!this.#isClosing) this.#startNext();
    if (this.#attempts.size === 0) this.#events.closed(this.#failure);
  }

  #learn(name: TransportName, { code }: ChannelClose): void {
    const { clock, memory } = this.#parts;
    const openForMs = clock.nowMs() - this.#openedAtMs;
    const isMute = this.#isClosing && !this.#hasReceived && openForMs >= MUTE_MS;
    if (isMute) memory.broke(name, 0);
    else if (code === ChannelCloseCode.lost && !this.#isClosing) memory.broke(name, openForMs);
  }
}
