import { CarriedChannel } from '../protocol/carried-channel.ts';
import type { Channel, ChannelClose, ChannelHandler } from '../protocol/channel.ts';
import { ChannelCloseCode } from '../protocol/close-code.ts';
import type { Packet } from '../protocol/packet.ts';
import type { Clock } from './clock.ts';
import { LadderTransport, type Rung } from './ladder.ts';
import type { LadderMemory } from './ladder-memory.ts';
import type { ResolvedClientOptions } from './options.ts';

export interface ClimbParts {
  /** All of them, best first. */
  readonly rungs: readonly Rung[];
  readonly options: ResolvedClientOptions;
  readonly memory: LadderMemory;
  readonly clock: Clock;
}

/** Opens a channel on the first of these rungs that gets through, and goes on climbing from there. */
export function openOnLadder(
  parts: ClimbParts,
  rungs: readonly Rung[],
  handler: ChannelHandler,
): Channel {
  const { options, memory, clock } = parts;
  const { rungTimeoutMs } = options;
  const channel = new CarriedChannel(
    options,
    (events) => new LadderTransport({ rungs, rungTimeoutMs, memory, clock }, events),
  );
  channel.start(handler.better === undefined ? handler : new Climber(parts, channel, handler));
  return channel;
}

/**
 * Stands between a channel and its user, and looks for a better transport while there is one.
 *
 * What it finds is another channel. Moving over is the user's: nothing here knows what must not be
 * lost.
 */
class Climber implements ChannelHandler {
  readonly #parts: ClimbParts;
  readonly #channel: CarriedChannel;
  readonly #handler: ChannelHandler;
  readonly #ended: () => void;
  #probe: CarriedChannel | undefined;
  #cancelTimer: (() => void) | undefined;
  #isOver = false;

  /** @param ended - called when the channel is over, before its user is told */
  constructor(
    parts: ClimbParts,
    channel: CarriedChannel,
    handler: ChannelHandler,
    ended: () => void = () => {},
  ) {
    this.#parts = parts;
    this.#ended = ended;
    this.#channel = channel;
    this.#handler = handler;
    if (channel.state === 'open') this.#probeLater();
  }

  open(): void {
    this.#probeLater();
    this.#handler.open?.();
  }

  packet(packet: Packet): void {
    this.#handler.packet(packet);
  }

  drain(): void {
    this.#handler.drain?.();
  }

  close(close: ChannelClose): void {
    this.#isOver = true;
    this.#cancelTimer?.();
    this.#probe?.close();
    this.#probe = undefined;
    this.#ended();
    this.#handler.close(close);
  }

  #probeLater(): void {
    const { clock, options } = this.#parts;
    this.#cancelTimer?.();
    const isWanted = this.#handler.better !== undefined && options.probeIntervalMs > 0;
    if (this.#isOver || !isWanted || this.#isOnTop()) return;
    this.#cancelTimer = clock.setTimer(options.probeIntervalMs, () => this.#probeNow());
  }

  #isOnTop(): boolean {
    return this.#channel.transport === this.#parts.rungs[0]?.name;
  }

  #probeNow(): void {
    const { rungs, options, memory, clock } = this.#parts;
    const here = rungs.findIndex(({ name }) => name === this.#channel.transport);
    const better = rungs.slice(0, here).filter(({ name }) => !memory.isAvoided(name));
    if (better.length === 0 || this.#channel.state !== 'open') return this.#probeLater();
    const { rungTimeoutMs } = options;
    const probe = new CarriedChannel(
      options,
      (events) => new LadderTransport({ rungs: better, rungTimeoutMs, memory, clock }, events),
    );
    this.#probe = probe;
    probe.start({
      open: () => this.#offer(probe),
      packet: () => {},
      close: () => {
        if (this.#probe !== probe) return;
        this.#probe = undefined;
        this.#probeLater();
      },
    });
  }

  #offer(probe: CarriedChannel): void {
    if (this.#probe !== probe) return;
    this.#probe = undefined;
    let isTaken = false;
    let isOffered = true;
    this.#handler.better?.((handler) => {
      if (!isOffered || isTaken) throw new TypeError('what was offered can be taken once, at once');
      isTaken = true;
      // Who moved over ends this channel soon; when the other one ends first, nobody did.
      probe.start(new Climber(this.#parts, probe, handler, () => this.#probeLater()));
      return probe;
    });
    isOffered = false;
    if (isTaken) return;
    // Its rung is no better for this user now; the present one stays what is tried first.
    this.#parts.memory.opened(this.#channel.transport);
    probe.close(ChannelCloseCode.normal);
    this.#probeLater();
  }
}
