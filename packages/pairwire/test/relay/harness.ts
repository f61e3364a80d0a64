import {
  encodeEnvelope,
  EnvelopeKind,
  formatRequest,
  parseReply,
  type Reply,
  type Request,
} from '@pairwire/pairing/rendezvous';

import type { LinkStore } from '../../src/relay/link-store.ts';
import { MemoryStore } from '../../src/relay/memory-store.ts';
import type { RelayOptions } from '../../src/relay/options.ts';
import { Relay } from '../../src/relay/relay.ts';
import { FakeChannel } from './fake-channel.ts';
import { FakeClock, settle } from './fake-clock.ts';

/** Distinct for distinct calls and seeds, the same in every run. */
export function createFakeRandom(seed = 1): (length: number) => Uint8Array {
  let calls = 0;
  return (length) => {
    calls += 1;
    const bytes = new Uint8Array(length);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, calls);
    view.setUint32(4, seed);
    return bytes;
  };
}

export interface LogLine {
  readonly level: string;
  readonly fields: object;
  readonly message: string;
}

/** A relay with a clock that stands still, and everything it logged. */
export class Harness {
  readonly clock: FakeClock;
  readonly store: LinkStore;
  readonly relay: Relay;
  readonly log: LogLine[] = [];

  constructor(
    options: RelayOptions = {},
    parts: { clock?: FakeClock; store?: LinkStore; seed?: number } = {},
  ) {
    this.clock = parts.clock ?? new FakeClock();
    const randomBytes = createFakeRandom(parts.seed);
    this.store = parts.store ?? new MemoryStore(this.clock, randomBytes);
    const write = (level: string) => (fields: object, message: string) => {
      this.log.push({ level, fields, message });
    };
    this.relay = new Relay(options, {
      clock: this.clock,
      store: this.store,
      randomBytes,
      log: {
        debug: write('debug'),
        info: write('info'),
        warn: write('warn'),
        error: write('error'),
      },
    });
  }

  /** A new channel; its welcome has been taken. */
  connect(remoteAddress = '127.0.0.1'): Peer {
    return new Peer(this.relay, new FakeChannel(remoteAddress));
  }

  /** A page with an open link. */
  async openLink(link = linkId(1)): Promise<LinkEnds> {
    const page = this.connect();
    const [waiting] = await page.ask({ type: 'open', v: 1, link, key: KEY });
    if (waiting?.type !== 'waiting') throw new Error('the link was not opened');
    return { page, link, pageToken: waiting.token, epoch: waiting.epoch };
  }

  /** A link with both seats taken. */
  async claimLink(link = linkId(1)): Promise<ClaimedEnds> {
    const ends = await this.openLink(link);
    const phone = this.connect();
    const [claimed] = await phone.ask({ type: 'claim', v: 1, link });
    if (claimed?.type !== 'claimed') throw new Error('the link was not claimed');
    ends.page.take();
    return { ...ends, phone, phoneToken: claimed.token };
  }

  /** A link that both sides have accepted. */
  async connectLink(link = linkId(1)): Promise<ClaimedEnds> {
    const ends = await this.claimLink(link);
    await ends.page.ask({ type: 'accept', link });
    await ends.phone.ask({ type: 'accept', link });
    return ends;
  }
}

export interface LinkEnds {
  readonly page: Peer;
  readonly link: string;
  readonly pageToken: string;
  readonly epoch: string;
}

export interface ClaimedEnds extends LinkEnds {
  readonly phone: Peer;
  readonly phoneToken: string;
}

/** The other end of one channel. */
export class Peer {
  readonly channel: FakeChannel;
  readonly welcome: Reply | undefined;

  constructor(relay: Relay, channel: FakeChannel) {
    this.channel = channel;
    channel.handler = relay.accept(channel);
    [this.welcome] = this.take();
  }

  /** Sends a request; what the relay answers is there when this resolves. */
  async ask(request: Request): Promise<Reply[]> {
    this.channel.receive(formatRequest(request));
    await settle();
    return this.take();
  }

  async say(text: string): Promise<Reply[]> {
    this.channel.receive(text);
    await settle();
    return this.take();
  }

  async sendEnvelope(envelope: Uint8Array): Promise<Reply[]> {
    this.channel.receive(envelope);
    await settle();
    return this.take();
  }

  /** Replies since the last look; envelopes stay. */
  take(): Reply[] {
    const texts = this.channel.sent.filter((packet) => typeof packet === 'string');
    this.channel.sent = this.channel.sent.filter((packet) => typeof packet !== 'string');
    return texts.map((text) => {
      const parsed = parseReply(text);
      if (!parsed.ok) throw new Error(`the relay said nonsense at '${parsed.path}'`);
      return parsed.value;
    });
  }

  /** Envelopes since the last look. */
  takeEnvelopes(): Uint8Array[] {
    const envelopes = this.channel.sent.filter((packet) => typeof packet !== 'string');
    this.channel.sent = this.channel.sent.filter((packet) => typeof packet === 'string');
    return envelopes;
  }
}

export function linkId(n: number): string {
  return Buffer.from(linkBytes(n)).toString('base64url');
}

function linkBytes(n: number): Uint8Array {
  const bytes = new Uint8Array(16).fill(0xa5);
  new DataView(bytes.buffer).setUint32(0, n);
  return bytes;
}

export const KEY = Buffer.alloc(32, 7).toString('base64url');
export const OTHER_KEY = Buffer.alloc(32, 8).toString('base64url');
export const SOME_TOKEN = Buffer.alloc(32, 9).toString('base64url');

/** A record whose body is `n` and padding up to `bodyBytes`. */
export function record(link: string, n: number, bodyBytes = 8): Uint8Array {
  return envelope(EnvelopeKind.record, link, n, bodyBytes);
}

export function envelope(kind: EnvelopeKind, link: string, n: number, bodyBytes = 8): Uint8Array {
  const body = new Uint8Array(bodyBytes);
  new DataView(body.buffer).setUint32(0, n);
  return encodeEnvelope({ kind, link: Buffer.from(link, 'base64url'), body });
}
