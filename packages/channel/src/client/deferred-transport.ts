import type { TransportName } from '../protocol/channel.ts';
import { ChannelCloseCode } from '../protocol/close-code.ts';
import { ChannelError } from '../protocol/errors.ts';
import type { Packet } from '../protocol/packet.ts';
import type { Transport, TransportEvents } from '../protocol/transport.ts';

/**
 * A transport whose code is not there yet. Few pages ever need one over plain HTTP, so none has to
 * wait for it; who does need it waits for one request more.
 */
export class DeferredTransport implements Transport {
  readonly name: TransportName;
  readonly #events: TransportEvents;
  #transport: Transport | undefined;
  #isOver = false;
  #isPaused = false;
  readonly #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param openTimeoutMs - for loading; `0`: no limit */
  constructor(
    name: TransportName,
    load: () => Promise<(events: TransportEvents) => Transport>,
    openTimeoutMs: number,
    events: TransportEvents,
  ) {
    this.name = name;
    this.#events = events;
    if (openTimeoutMs > 0) {
      const error = new ChannelError('PW_CHANNEL_OPEN_TIMEOUT');
      this.#timer = setTimeout(() => this.#end(error), openTimeoutMs);
    }
    load().then(
      (create) => this.#loaded(create),
      (cause: unknown) => this.#end(new ChannelError('PW_CHANNEL_OPEN_FAILED', { cause })),
    );
  }

  get bufferedBytes(): number {
    return this.#transport?.bufferedBytes ?? 0;
  }

  send(packet: Packet): boolean {
    return this.#transport?.send(packet) ?? false;
  }

  close(code: number, reason: string): void {
    if (this.#transport === undefined) queueMicrotask(() => this.#end());
    else this.#transport.close(code, reason);
  }

  pause(): void {
    this.#isPaused = true;
    this.#transport?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#transport?.resume();
  }

  #loaded(create: (events: TransportEvents) => Transport): void {
    if (this.#isOver) return;
    clearTimeout(this.#timer);
    this.#transport = create(this.#events);
    if (this.#isPaused) this.#transport.pause();
  }

  #end(error?: ChannelError): void {
    if (this.#isOver || this.#transport !== undefined) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    const close = { code: ChannelCloseCode.lost, reason: '', wasClean: false };
    this.#events.closed(error === undefined ? close : { ...close, error });
  }
}
