import { randomBytes } from 'node:crypto';

import {
  MAX_ENVELOPE_BYTES,
  RelayCloseCode,
  RENDEZVOUS_VERSION,
  type Request,
} from '@pairwire/pairing/rendezvous';
import {
  ChannelCloseCode,
  type ChannelHandler,
  type ServerChannel,
} from '@pairwire/channel/server';

import { systemClock, type Clock } from './clock.ts';
import { RelayCounters } from './counters.ts';
import { DeadlineQueue } from './deadline-queue.ts';
import { codeOf, LinkService } from './link-service.ts';
import type { LinkStore } from './link-store.ts';
import { LogNames } from './log-names.ts';
import { SILENT_LOG, type RelayLog } from './log.ts';
import { MemoryStore } from './memory-store.ts';
import {
  clientOf,
  createAddressSet,
  normalizeAddress,
  type AddressSet,
} from './network-address.ts';
import { resolveOptions, type RelayOptions, type ResolvedRelayOptions } from './options.ts';
import { PairingRegistry } from './pairing-registry.ts';
import { Session, type ClientName, type SessionHost } from './session.ts';
import type { Rate } from './token-bucket.ts';

/** What the relay is given besides its options; each has a default. */
export interface RelayParts {
  /** Where links are registered. Default: this process's memory. */
  store?: LinkStore | undefined;
  /** Default: silence. */
  log?: RelayLog | undefined;
  clock?: Clock | undefined;
  randomBytes?: ((length: number) => Uint8Array) | undefined;
}

/** A strike is forgiven after this long. */
const STRIKE_MS = 2_000;

/**
 * Brings the two sides of a link together and carries their sealed envelopes to and fro. It reads
 * which link an envelope belongs to and of what kind it is, and nothing else of it.
 */
export class Relay {
  readonly counters = new RelayCounters();
  readonly options: ResolvedRelayOptions;
  readonly #store: LinkStore;
  readonly #clock: Clock;
  readonly #log: RelayLog;
  readonly #names: LogNames;
  readonly #links: LinkService;
  readonly #host: SessionHost;
  readonly #sessions = new Set<Session>();
  readonly #channelsOf = new Map<string, number>();
  readonly #isUnlimited: AddressSet;
  readonly #seatless: DeadlineQueue<Session>;
  readonly #stalled: DeadlineQueue<Session>;
  #isClosing = false;

  /** @throws {TypeError | RangeError} on an unknown option, a wrong type or an impossible value */
  constructor(options: RelayOptions = {}, parts: RelayParts = {}) {
    this.options = resolveOptions(options);
    this.#clock = parts.clock ?? systemClock;
    this.#log = parts.log ?? SILENT_LOG;
    const random = parts.randomBytes ?? randomBytes;
    this.#store = parts.store ?? new MemoryStore(this.#clock, random);
    this.#names = new LogNames(this.#clock, random);
    this.#isUnlimited = createAddressSet(this.options.unlimitedAddresses);
    this.#links = this.#createLinks(random);
    this.#seatless = new DeadlineQueue(this.#clock, this.options.seatlessMs, (session) =>
      session.end(ChannelCloseCode.normal, 'idle'),
    );
    this.#stalled = new DeadlineQueue(this.#clock, this.options.stalledMs, (session) =>
      session.end(RelayCloseCode.slow, 'slow'),
    );
    this.#host = this.#createHost();
  }

  /** Names the memory of the store; a new one after a restart that lost it. */
  get epoch(): string {
    return this.#store.epoch;
  }

  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** Channels open now. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Links with a seat on this node. */
  get links(): number {
    return this.#links.size;
  }

  /** Something was asked that is not answered yet. */
  get isBusy(): boolean {
    return this.#links.pending > 0;
  }

  /** Takes a new channel; the caller hands it what arrives. */
  accept(channel: ServerChannel): ChannelHandler {
    const client = this.#nameClient(channel.remoteAddress ?? '');
    const session = new Session(channel, client, this.#host);
    this.#sessions.add(session);
    this.#channelsOf.set(client.name, (this.#channelsOf.get(client.name) ?? 0) + 1);
    this.counters.channelsOpened += 1;
    this.counters.channels = this.#sessions.size;
    if (this.#isClosing) {
      session.end(RelayCloseCode.restarting, 'restarting');
      return session;
    }
    this.#seatless.set(session);
    session.reply({
      type: 'welcome',
      v: RENDEZVOUS_VERSION,
      epoch: this.#store.epoch,
      limits: {
        envelopeBytes: MAX_ENVELOPE_BYTES,
        recordsPerSecond: this.options.recordsPerSecond,
        bytesPerSecond: this.options.bytesPerSecond,
        meetings: this.options.maxMeetingsPerChannel,
      },
    });
    return session;
  }

  /** Whether a client at this address has as many channels as it may have. */
  hasTooManyChannels(address: string): boolean {
    const { maxChannelsPerAddress } = this.options;
    const { name, isUnlimited } = this.#nameClient(address);
    if (maxChannelsPerAddress === 0 || isUnlimited) return false;
    return (this.#channelsOf.get(name) ?? 0) >= maxChannelsPerAddress;
  }

  /** Rejects when links cannot be registered now. */
  async checkStore(): Promise<void> {
    await this.#store.check();
  }

  /** Ends all channels with `restarting`, so that their owners come back to whoever follows. */
  close(): void {
    this.#isClosing = true;
    for (const session of this.#sessions) {
      session.end(RelayCloseCode.restarting, 'restarting');
    }
    this.#links.close();
    this.#seatless.clear();
    this.#stalled.clear();
  }

  #nameClient(remoteAddress: string): ClientName {
    const address = normalizeAddress(remoteAddress);
    return { name: clientOf(address), isUnlimited: this.#isUnlimited(address) };
  }

  #createLinks(random: (length: number) => Uint8Array): LinkService {
    return new LinkService({
      options: this.options,
      clock: this.#clock,
      registry: new PairingRegistry(this.#store, {
        nowMs: () => this.#clock.nowMs(),
        randomBytes: random,
      }),
      counters: this.counters,
      log: this.#log,
      names: this.#names,
    });
  }

  #createHost(): SessionHost {
    const { options } = this;
    const requestRate: Rate = { perSecond: options.requestsPerSecond, burst: options.requestBurst };
    const strikeRate: Rate = { perSecond: 1000 / STRIKE_MS, burst: options.maxStrikes };
    return {
      options,
      counters: this.counters,
      clock: this.#clock,
      requestRate,
      strikeRate,
      request: (session, request) => this.#request(session, request),
      fullChanged: (session, isFull) =>
        isFull ? this.#stalled.set(session) : this.#stalled.delete(session),
      seatedChanged: (session, isSeated) =>
        isSeated ? this.#seatless.delete(session) : this.#seatless.set(session),
      done: (session) => this.#done(session),
      ended: (session, code) => this.#ended(session, code),
    };
  }

  async #request(session: Session, request: Request): Promise<void> {
    try {
      await this.#links.handle(session, request);
    } catch (error) {
      this.counters.storeFailures += 1;
      this.#log.error({ code: codeOf(error) }, 'the link store failed');
      session.end(RelayCloseCode.restarting, 'store');
    }
  }

  #done(session: Session): void {
    this.#sessions.delete(session);
    this.counters.channels = this.#sessions.size;
    const left = (this.#channelsOf.get(session.client) ?? 0) - 1;
    if (left > 0) this.#channelsOf.set(session.client, left);
    else this.#channelsOf.delete(session.client);
    this.#links.leave(session);
    this.#seatless.delete(session);
    this.#stalled.delete(session);
  }

  #ended(session: Session, code: number): void {
    const { channelsEnded } = this.counters;
    channelsEnded[code] = (channelsEnded[code] ?? 0) + 1;
    this.#log.info({ client: this.#names.client(session.client), code }, 'channel ended');
  }
}
