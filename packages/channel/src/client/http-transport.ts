import type { ChannelClose } from '../protocol/channel.ts';
import { ChannelCloseCode } from '../protocol/close-code.ts';
import { EntryDecoder } from '../protocol/entry-decoder.ts';
import { decodeClosePayload, decodePacketEntry, EntryType, type Entry } from '../protocol/entry.ts';
import { ChannelError, type ChannelErrorCode } from '../protocol/errors.ts';
import {
  formatPath,
  parseOpening,
  PROTOCOL_HEADER,
  type HttpTransportName,
} from '../protocol/http-binding.ts';
import type { Packet } from '../protocol/packet.ts';
import { SUBPROTOCOL } from '../protocol/subprotocol.ts';
import type { Transport, TransportEvents } from '../protocol/transport.ts';
import { ExchangeError, HttpExchanges, readBody } from './http-exchanges.ts';
import { HttpUplink } from './http-uplink.ts';
import type { ResolvedClientOptions } from './options.ts';
import { watchPageHide } from './page-hide.ts';

/** How often a paused client, which asks for nothing, shows that it lives. */
const PAUSED_SIGN_MS = 20_000;

/** How long an end that nobody waits for may take to be told. */
const FAREWELL_MS = 5_000;

/** Longest answer to an opening. */
const MAX_OPENING_BYTES = 4_096;

const LOST: ChannelClose = { code: ChannelCloseCode.lost, reason: '', wasClean: false };

/**
 * What the three transports over plain HTTP have in common on a client (docs/protocol/channel.md
 * §8): opening, the end, and holding back. The way down is what makes the difference.
 */
export abstract class ClientHttpTransport implements Transport {
  abstract readonly name: HttpTransportName;
  protected readonly options: ResolvedClientOptions;
  readonly #events: TransportEvents;
  readonly #base: string;
  readonly #uplink: HttpUplink;
  /** Ends the way down; the way up has something to say after that. */
  readonly #downEnd = new AbortController();
  readonly #upEnd = new AbortController();
  readonly #unwatch: () => void;
  #opening: Promise<HttpExchanges> | undefined;
  #state: 'opening' | 'open' | 'closing' | 'ended' = 'opening';
  #timer: ReturnType<typeof setTimeout> | undefined;
  #signTimer: ReturnType<typeof setInterval> | undefined;
  #isPaused = false;
  #resumed: (() => void) | undefined;

  /** @param base - address of the server, http or https, without a slash at its end */
  constructor(base: string, options: ResolvedClientOptions, events: TransportEvents) {
    this.#base = base;
    this.options = options;
    this.#events = events;
    this.#uplink = new HttpUplink(options.highWaterBytes, {
      sent: () => this.hasSent(),
      drained: () => tell(() => events.drained()),
      failed: (error) => this.#failed(error),
    });
    this.#unwatch = watchPageHide(() => this.#leave());
    if (options.openTimeoutMs > 0) this.#setTimer(options.openTimeoutMs, 'PW_CHANNEL_OPEN_TIMEOUT');
    // Not at once: what extends this is not constructed yet.
    queueMicrotask(() => void this.#run());
  }

  get bufferedBytes(): number {
    return this.#uplink.bufferedBytes;
  }

  send(packet: Packet): boolean {
    return this.#uplink.send(packet);
  }

  close(code: number, reason: string): void {
    if (this.#state === 'opening') {
      queueMicrotask(() => this.#end(LOST, { code, reason }));
    } else if (this.#state === 'open') {
      this.#state = 'closing';
      this.#uplink.close(code, reason, () => this.#end({ code, reason, wasClean: true }));
      this.#setTimer(this.options.closeTimeoutMs, 'PW_CHANNEL_CLOSE_TIMEOUT');
    }
  }

  pause(): void {
    this.#isPaused = true;
    this.#signTimer = setInterval(() => this.#uplink.sign(), PAUSED_SIGN_MS);
  }

  resume(): void {
    this.#isPaused = false;
    clearInterval(this.#signTimer);
    this.#resumed?.();
  }

  /**
   * Asks for answers, one after the other, and takes what is in them, for as long as there is a
   * channel. What it throws ends the channel.
   *
   * @param openingMs - how long the opening took: an exchange with nothing to wait for
   */
  protected abstract receive(down: HttpExchanges, openingMs: number): Promise<never>;

  /** Something went up, so an answer may come down. */
  protected hasSent(): void {}

  /** Aborted when the way down is over. */
  protected get signal(): AbortSignal {
    return this.#downEnd.signal;
  }

  protected get isOpening(): boolean {
    return this.#state === 'opening';
  }

  protected get isPaused(): boolean {
    return this.#isPaused;
  }

  /** The way down works. */
  protected opened(): void {
    if (this.#state !== 'opening') return;
    this.#state = 'open';
    clearTimeout(this.#timer);
    tell(() => this.#events.opened());
  }

  /** Resolves when the channel is not paused. @throws when it is over */
  protected async whenReading(): Promise<void> {
    while (this.#isPaused && !this.signal.aborted) {
      await new Promise<void>((resolve) => (this.#resumed = resolve));
    }
    this.signal.throwIfAborted();
  }

  /** Takes what is whole, as far as the channel is not paused. @throws when it is over */
  protected async take(decoder: EntryDecoder, taking?: (type: EntryType) => void): Promise<void> {
    for (;;) {
      if (this.#isPaused) await this.whenReading();
      const entry = decoder.next();
      if (entry === undefined) break;
      taking?.(entry.type);
      this.#take(entry);
      this.signal.throwIfAborted();
    }
    if (decoder.problem === 'too-large') {
      throw new ExchangeError('PW_CHANNEL_PACKET_TOO_LARGE', ChannelCloseCode.packetTooLarge);
    }
    if (decoder.problem !== undefined) throw badPacket();
  }

  /** The same with all of an answer. */
  protected async takeBatch(batch: Uint8Array): Promise<void> {
    const decoder = new EntryDecoder(this.options.maxPacketBytes);
    decoder.push(batch);
    await this.take(decoder);
    if (!decoder.isAtBoundary) throw badPacket();
  }

  #take(entry: Entry): void {
    switch (entry.type) {
      case EntryType.text:
      case EntryType.binary:
        tell(() => this.#events.received(decodePacketEntry(entry)));
        break;
      case EntryType.close: {
        const close = decodeClosePayload(entry.payload);
        if (close === undefined) throw badPacket();
        if (this.#state === 'open') this.#end({ ...close, wasClean: true }, close);
        // This side ends anyway; the server has nothing more to say.
        else this.#downEnd.abort();
        break;
      }
      case EntryType.ping:
        this.#uplink.sign();
        break;
      case EntryType.padding:
      case EntryType.recycle:
        break;
    }
  }

  async #run(): Promise<void> {
    try {
      this.signal.throwIfAborted();
      const startedAtMs = performance.now();
      this.#opening = this.#open();
      await this.receive(await this.#opening, performance.now() - startedAtMs);
    } catch (error) {
      // The way up decides about an end of this side's own: the server may have it already.
      if (this.#state !== 'closing') this.#failed(error);
    }
  }

  /** @returns the way down */
  async #open(): Promise<HttpExchanges> {
    const { fetch } = this.options;
    const response = await fetch(`${this.#base}${formatPath(this.name)}`, {
      method: 'POST',
      headers: { [PROTOCOL_HEADER]: SUBPROTOCOL },
      cache: 'no-store',
      redirect: 'error',
      signal: this.#upEnd.signal,
    });
    if (response.status !== 201) throw new Error(`answered with ${response.status}`);
    const text = new TextDecoder().decode(await readBody(response, MAX_OPENING_BYTES));
    const opening = parseOpening(text);
    if (opening === undefined) {
      throw new ExchangeError('PW_CHANNEL_SUBPROTOCOL', ChannelCloseCode.subprotocol);
    }
    const { node, channel } = opening;
    const place = { fetch, url: `${this.#base}${formatPath(this.name, node)}`, channel };
    this.#uplink.start(new HttpExchanges(place, 'POST', this.#upEnd.signal));
    return new HttpExchanges(place, 'GET', this.signal);
  }

  #setTimer(delayMs: number, error: ChannelErrorCode): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#failed(new ExchangeError(error, LOST.code)), delayMs);
  }

  #failed(error: unknown): void {
    if (this.#state === 'ended') return;
    const wasOpening = this.#state === 'opening';
    const isKnown = error instanceof ExchangeError;
    let code: ChannelErrorCode = isKnown ? error.code : 'PW_CHANNEL_LOST';
    if (wasOpening && code === 'PW_CHANNEL_LOST') code = 'PW_CHANNEL_OPEN_FAILED';
    const closeCode = isKnown ? error.closeCode : LOST.code;
    const cause = isKnown ? error.cause : error;
    const failure = new ChannelError(code, cause === undefined ? {} : { cause });
    // A server that can be told is told, so that it need not wait for this client.
    const said = closeCode === LOST.code ? ChannelCloseCode.normal : closeCode;
    this.#end({ ...LOST, code: closeCode, error: failure }, { code: said, reason: '' });
  }

  #leave(): void {
    if (this.#state === 'ended') return;
    this.#uplink.leave(ChannelCloseCode.goingAway);
    this.#end({ ...LOST, code: ChannelCloseCode.goingAway });
  }

  /** @param farewell - what the server is told, when it can be; nobody waits for its answer */
  #end(close: ChannelClose, farewell?: { code: number; reason: string }): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    clearTimeout(this.#timer);
    clearInterval(this.#signTimer);
    this.#unwatch();
    this.#downEnd.abort();
    this.#resumed?.();
    if (farewell === undefined) this.#upEnd.abort();
    else this.#sayFarewell(farewell);
    tell(() => this.#events.closed(close));
  }

  #sayFarewell({ code, reason }: { code: number; reason: string }): void {
    const timer = setTimeout(() => this.#upEnd.abort(), FAREWELL_MS);
    const done = () => {
      clearTimeout(timer);
      this.#upEnd.abort();
    };
    // An opening under way may have made a channel, and only its answer says which one to end.
    const opening = this.#opening ?? Promise.resolve();
    opening.then(() => this.#uplink.drop(code, reason, done), done);
  }
}

function badPacket(): ExchangeError {
  return new ExchangeError('PW_CHANNEL_BAD_PACKET', ChannelCloseCode.badPacket);
}

/** What a user's handler throws is the user's, as in an event of a WebSocket: no end of the channel. */
function tell(event: () => void): void {
  try {
    event();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
