/**
 * The relay's side of docs/protocol/pairing.md §4 in memory: the rules, none of the limits.
 * Keeps everything it ever saw, so that a test can look for secrets in it.
 */
import type { OpenPipe, Packet, PipeHandler } from '../src/environment.ts';
import {
  decodeEnvelope,
  formatReply,
  isRecord,
  parseRequest,
  RelayCloseCode,
  type Presence,
  type Reply,
  type Request,
  type Side,
} from '../src/rendezvous.ts';
import { encodeBase64url } from '../src/base64url.ts';
import type { RateLimits } from '../src/pacer.ts';
import type { FakeClock } from './fake-environment.ts';

const UNCLAIMED_LIFE_MS = 120_000;
const AWAY_LIFE_MS = 660_000;
const KEPT_RECORDS = 256;

interface Channel {
  handler: PipeHandler;
  open: boolean;
}

interface FakeSeat {
  channel: Channel | undefined;
  tokens: string[];
  accepted: boolean;
  kept: Uint8Array[];
  asleep?: boolean;
  cancelAway?: (() => void) | undefined;
}

interface FakeLink {
  key: string;
  createdAtMs: number;
  connected: boolean;
  seats: Partial<Record<Side, FakeSeat>>;
  cancelExpiry?: (() => void) | undefined;
}

/** What may happen to an envelope on its way: it is delivered as often as the returned array says, in that shape. */
export type Tamper = (bytes: Uint8Array, from: Side) => Uint8Array[];

export class FakeRelay {
  readonly clock: FakeClock;
  epoch = 'epoch-1';
  up = true;
  limits: RateLimits = {
    envelopeBytes: 65_561,
    recordsPerSecond: 50,
    bytesPerSecond: 65_536,
    meetings: 4,
  };
  tamper: Tamper = (bytes) => [bytes];
  /** Packets of endpoints that never arrive. */
  swallow: (packet: Packet) => boolean = () => false;
  /** Milliseconds one way, for every packet. */
  delayMs = 0;
  /** Every byte and every word that passed through, both ways. */
  readonly seen: Packet[] = [];
  readonly channels = new Set<Channel>();
  links = new Map<string, FakeLink>();
  #tokens = 0;

  constructor(clock: FakeClock) {
    this.clock = clock;
  }

  openPipe: OpenPipe = (handler) => {
    const channel: Channel = { handler, open: true };
    this.#later(() => {
      if (!channel.open) return;
      if (!this.up) return this.close(channel, 1006);
      this.channels.add(channel);
      channel.handler.open?.();
      this.#reply(channel, { type: 'welcome', v: 1, epoch: this.epoch, limits: this.limits });
    });
    let closing = false;
    const deaf: PipeHandler = { packet: () => {}, close: () => {} };
    return {
      send: (packet) => {
        if (!channel.open || closing) throw new Error('the pipe is closed');
        const copy = typeof packet === 'string' ? packet : packet.slice();
        this.#later(() => {
          if (channel.open && this.channels.has(channel)) this.#receive(channel, copy);
        });
        return true;
      },
      close: () => {
        closing = true;
        channel.handler = deaf;
        this.#later(() => this.#forget(channel));
      },
    };
  };

  /** All channels break; what was in memory is gone. */
  restart(epoch = `${this.epoch}+`): void {
    this.epoch = epoch;
    for (const link of this.links.values()) {
      link.cancelExpiry?.();
      for (const seat of Object.values(link.seats)) seat.cancelAway?.();
    }
    this.links = new Map();
    this.cutAll();
  }

  cutAll(): void {
    for (const channel of this.channels) this.close(channel, 1006);
  }

  cut(side: Side): void {
    for (const link of this.links.values()) {
      const channel = link.seats[side]?.channel;
      if (channel) this.close(channel, 1006);
    }
  }

  /** Tells that end of a better pipe: one that leads here, or that one. */
  offerBetter(side: Side, open: OpenPipe = this.openPipe): void {
    for (const link of this.links.values()) link.seats[side]?.channel?.handler.better?.(open);
  }

  close(channel: Channel, code: number): void {
    if (!channel.open) return;
    this.#forget(channel);
    channel.handler.close({ code, reason: '' });
  }

  /** Says anything to whoever holds that seat, as a hostile relay may. */
  say(side: Side, packet: Packet): void {
    for (const link of this.links.values()) {
      const channel = link.seats[side]?.channel;
      if (channel?.open) channel.handler.packet(packet);
    }
  }

  #forget(channel: Channel): void {
    channel.open = false;
    this.channels.delete(channel);
    for (const [name, link] of this.links) {
      for (const side of ['page', 'phone'] as const) {
        const seat = link.seats[side];
        if (seat?.channel !== channel) continue;
        seat.channel = undefined;
        this.#tell(link, other(side), { type: 'peer', link: name, presence: 'asleep' });
        seat.cancelAway = this.clock.setTimer(AWAY_LIFE_MS, () => this.#end(name, 'lonely'));
      }
    }
  }

  #later(run: () => void): void {
    this.clock.setTimer(this.delayMs, run);
  }

  #reply(channel: Channel, reply: Reply): void {
    const text = formatReply(reply);
    this.seen.push(text);
    this.#later(() => {
      if (channel.open) channel.handler.packet(text);
    });
  }

  #tell(link: FakeLink, side: Side, reply: Reply): void {
    const channel = link.seats[side]?.channel;
    if (channel) this.#reply(channel, reply);
  }

  #token(): string {
    this.#tokens += 1;
    const bytes = new Uint8Array(32);
    new DataView(bytes.buffer).setUint32(0, this.#tokens);
    return encodeBase64url(bytes);
  }

  #receive(channel: Channel, packet: Packet): void {
    this.seen.push(packet);
    if (this.swallow(packet)) return;
    if (typeof packet === 'string') {
      const parsed = parseRequest(packet);
      if (!parsed.ok) throw new Error(`an endpoint said nonsense at '${parsed.path}'`);
      this.#request(channel, parsed.value);
    } else {
      this.#forward(channel, packet);
    }
  }

  #request(channel: Channel, request: Request): void {
    const name = request.link;
    const link = this.links.get(name);
    switch (request.type) {
      case 'open':
        return this.#open(channel, name, request.key);
      case 'visit':
        if (!link)
          return this.#reply(channel, { type: 'refused', reason: 'unknown-link', link: name });
        if (link.seats.phone)
          return this.#reply(channel, { type: 'refused', reason: 'crowded', link: name });
        this.#tell(link, 'page', { type: 'opened', link: name });
        return this.#reply(channel, {
          type: 'visited',
          link: name,
          ageMs: this.clock.nowMs - link.createdAtMs,
        });
      case 'claim':
        return this.#claim(channel, name, link);
      case 'again':
        return this.#again(channel, request, link);
      case 'meet':
        return this.#meet(channel, request);
      case 'presence':
        return this.#presence(channel, name, link, request.presence);
      case 'accept':
        return this.#accept(channel, link);
      case 'end':
        if (link && this.#seatOf(link, channel)) this.#end(name, request.reason);
    }
  }

  #open(channel: Channel, name: string, key: string): void {
    const token = this.#token();
    const link: FakeLink = {
      key,
      createdAtMs: this.clock.nowMs,
      connected: false,
      seats: { page: { channel, tokens: [token], accepted: false, kept: [] } },
    };
    link.cancelExpiry = this.clock.setTimer(UNCLAIMED_LIFE_MS, () => this.#end(name, 'expired'));
    this.links.set(name, link);
    this.#reply(channel, {
      type: 'waiting',
      link: name,
      token,
      epoch: this.epoch,
      expiresInMs: UNCLAIMED_LIFE_MS,
    });
  }

  #claim(channel: Channel, name: string, link: FakeLink | undefined): void {
    if (!link) return this.#reply(channel, { type: 'refused', reason: 'unknown-link', link: name });
    if (link.seats.phone) {
      if (!link.connected) this.#end(name, 'crowded');
      return this.#reply(channel, { type: 'refused', reason: 'crowded', link: name });
    }
    const token = this.#token();
    link.cancelExpiry?.();
    link.seats.phone = { channel, tokens: [token], accepted: false, kept: [] };
    this.#reply(channel, { type: 'claimed', link: name, key: link.key, token, epoch: this.epoch });
    this.#tell(link, 'page', { type: 'peer', link: name, presence: 'here' });
  }

  #again(
    channel: Channel,
    { link: name, side, token, epoch }: Extract<Request, { type: 'again' }>,
    found: FakeLink | undefined,
  ): void {
    let link = found;
    if (!link) {
      if (epoch === this.epoch) {
        return this.#reply(channel, { type: 'refused', reason: 'unknown-link', link: name });
      }
      link = { key: '', createdAtMs: this.clock.nowMs, connected: true, seats: {} };
      this.links.set(name, link);
    }
    let seat = link.seats[side];
    if (!seat) {
      seat = { channel: undefined, tokens: [token], accepted: true, kept: [] };
      link.seats[side] = seat;
    }
    if (!seat.tokens.includes(token)) {
      return this.#reply(channel, { type: 'refused', reason: 'wrong-token', link: name });
    }
    const before = seat.channel;
    seat.cancelAway?.();
    seat.channel = channel;
    if (before && before !== channel) this.close(before, RelayCloseCode.replaced);
    seat.asleep = false;
    const fresh = this.#token();
    seat.tokens = [token, fresh];
    const peer: Presence = presenceOf(link.seats[other(side)]);
    this.#reply(channel, { type: 'attached', link: name, token: fresh, epoch: this.epoch, peer });
    for (const record of seat.kept.splice(0)) this.#deliver(channel, record);
    this.#tell(link, other(side), { type: 'peer', link: name, presence: 'here' });
  }

  #meet(channel: Channel, { link: name, side }: Extract<Request, { type: 'meet' }>): void {
    const link = this.links.get(name) ?? {
      key: '',
      createdAtMs: this.clock.nowMs,
      connected: true,
      seats: {},
    };
    this.links.set(name, link);
    const before = link.seats[side];
    if (before?.channel && before.channel !== channel) {
      this.#reply(before.channel, { type: 'refused', reason: 'crowded', link: name });
    }
    before?.cancelAway?.();
    const token = this.#token();
    link.seats[side] = { channel, tokens: [token], accepted: true, kept: [] };
    const peer = presenceOf(link.seats[other(side)]);
    this.#reply(channel, { type: 'attached', link: name, token, epoch: this.epoch, peer });
    this.#tell(link, other(side), { type: 'peer', link: name, presence: 'here' });
  }

  #presence(
    channel: Channel,
    name: string,
    link: FakeLink | undefined,
    presence: 'here' | 'asleep',
  ): void {
    const side = link && this.#seatOf(link, channel);
    if (!link || !side) return;
    const own = link.seats[side];
    if (own) own.asleep = presence === 'asleep';
    this.#tell(link, other(side), { type: 'peer', link: name, presence });
    const peer = presenceOf(link.seats[other(side)]);
    this.#reply(channel, { type: 'peer', link: name, presence: peer });
  }

  #accept(channel: Channel, link: FakeLink | undefined): void {
    const side = link && this.#seatOf(link, channel);
    const seat = side && link.seats[side];
    if (!seat) return;
    seat.accepted = true;
    link.connected ||= Object.values(link.seats).every(({ accepted }) => accepted);
  }

  #forward(channel: Channel, bytes: Uint8Array): void {
    const envelope = decodeEnvelope(bytes);
    if (!envelope) throw new Error('an endpoint sent an envelope that is none');
    const link = this.links.get(encodeBase64url(envelope.link));
    const side = link && this.#seatOf(link, channel);
    if (!link || !side) return;
    const seat = link.seats[other(side)];
    for (const copy of this.tamper(bytes, side)) {
      this.seen.push(copy);
      if (seat?.channel) this.#deliver(seat.channel, copy);
      else if (isRecord(envelope.kind) && seat) {
        seat.kept.push(copy);
        if (seat.kept.length > KEPT_RECORDS) seat.kept.shift();
      }
    }
  }

  #deliver(channel: Channel, bytes: Uint8Array): void {
    this.#later(() => {
      if (channel.open) channel.handler.packet(bytes);
    });
  }

  #end(name: string, reason: Extract<Reply, { type: 'ended' }>['reason']): void {
    const link = this.links.get(name);
    if (!link) return;
    link.cancelExpiry?.();
    for (const side of ['page', 'phone'] as const) {
      link.seats[side]?.cancelAway?.();
      this.#tell(link, side, { type: 'ended', link: name, reason });
    }
    this.links.delete(name);
  }

  #seatOf(link: FakeLink, channel: Channel): Side | undefined {
    return (['page', 'phone'] as const).find((side) => link.seats[side]?.channel === channel);
  }
}

function other(side: Side): Side {
  return side === 'page' ? 'phone' : 'page';
}

function presenceOf(seat: FakeSeat | undefined): Presence {
  if (!seat) return 'gone';
  return seat.channel && !seat.asleep ? 'here' : 'asleep';
}
