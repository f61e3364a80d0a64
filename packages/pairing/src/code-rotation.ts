/**
 * The codes a page shows while it waits for a phone: a new one every minute, the one before still
 * valid, after ten it stops and asks. docs/protocol/pairing.md §4.2.
 */
import type { CipherSuite } from 'hpke';
import { encodeBase64url } from './base64url.ts';
import type { Environment } from './environment.ts';
import { createOffer, type Offer } from './key-schedule.ts';
import { createGuid, deriveLink } from './link.ts';
import type { RelayClient } from './relay-client.ts';
import type { EndReason, Presence, Refusal, Reply } from './rendezvous.ts';
import type { Seat } from './seat.ts';

/** The newest and the one before it. */
const MAX_OFFERED = 2;
/** Whatever a relay says, a person needs that long to take out a phone. */
const SHORTEST_LIFE_MS = 5000;
const RETRY_FIRST_MS = 1000;
const RETRY_LONGEST_MS = 60_000;

interface ShownCode {
  guid: string;
  link: string;
  offer: Offer;
  opened: boolean;
  /** Present once a relay has opened the link; `epoch` is that relay's. */
  seat?: { token: string; epoch: string };
  /** The relay at the other end of this pipe knows it. */
  usable: boolean;
}

export interface CodeRotationHost {
  /** A phone has taken its seat; all other codes are given up. */
  claimed(offer: Offer, seat: Seat, presence: Presence): void;
  /** The relay will not open links. */
  refused(reason: Refusal): void;
}

export class CodeRotation {
  readonly #suite: CipherSuite;
  readonly #client: RelayClient;
  readonly #environment: Environment;
  readonly #host: CodeRotationHost;
  readonly #lifeMs: number;
  readonly #maxShown: number;
  #codes: ShownCode[] = [];
  #shown = 0;
  #paused = false;
  #epoch = '';
  #replacedAtMs = 0;
  /** The newest code's time ended while there was no relay. */
  #overdue = false;
  #retries = 0;
  #cancelLife: (() => void) | undefined;
  #cancelRetry: (() => void) | undefined;

  constructor(
    suite: CipherSuite,
    client: RelayClient,
    environment: Environment,
    host: CodeRotationHost,
    options: { codeLifeMs: number; maxRotations: number },
  ) {
    this.#suite = suite;
    this.#client = client;
    this.#environment = environment;
    this.#host = host;
    this.#lifeMs = options.codeLifeMs;
    this.#maxShown = options.maxRotations;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** The newest code that a phone could use now. */
  get current(): { guid: string; expiresInMs: number; opened: boolean } | undefined {
    const code = this.#codes.findLast(({ usable }) => usable);
    if (!this.#client.online || code === undefined) return undefined;
    return {
      guid: code.guid,
      expiresInMs: Math.max(0, this.#replacedAtMs - this.#environment.nowMs()),
      opened: this.#codes.some(({ opened }) => opened),
    };
  }

  /** Begins to show codes, or begins anew: ten more, the first of them now. */
  async restart(): Promise<void> {
    this.giveUp();
    this.#shown = 0;
    this.#paused = false;
    if (this.#client.online) await this.#next();
  }

  /** Takes every code back from the relay. */
  giveUp(): void {
    for (const code of this.#codes.splice(0)) this.#end(code, 'expired');
    this.stop();
  }

  stop(): void {
    this.#cancelLife?.();
    this.#cancelRetry?.();
  }

  /** Says something about a code that the relay answers. @returns false when it knows none */
  ask(): boolean {
    const code = this.#codes.findLast(({ usable }) => usable);
    if (code) this.#client.send({ type: 'presence', link: code.link, presence: 'here' });
    return code !== undefined;
  }

  /** There is a new pipe. */
  async welcome(epoch: string): Promise<void> {
    this.#epoch = epoch;
    this.#retries = 0;
    if (this.#codes.length === 0 && !this.#paused) return this.#next();
    for (const code of this.#codes) {
      // The relay that opened it keeps it for longer than it is shown.
      code.usable &&= code.seat?.epoch === epoch && !this.#overdue;
      this.#present(code);
    }
  }

  /** A relay that opened the link is asked for the seat, any other is told of the link. */
  #present({ link, offer, seat }: ShownCode): void {
    if (seat?.epoch === this.#epoch) {
      this.#client.send({ type: 'again', v: 1, link, side: 'page', ...seat });
    } else {
      const key = encodeBase64url(offer.publicKey);
      this.#client.send({ type: 'open', v: 1, link, key });
    }
  }

  async reply(reply: Reply): Promise<void> {
    const code = 'link' in reply ? this.#codes.find(({ link }) => link === reply.link) : undefined;
    if (reply.type === 'refused') {
      // About a link that was given up in the meantime it is no news.
      if (reply.link !== undefined && code === undefined) return;
      return this.#refused(reply.reason, code, reply.retryAfterMs);
    }
    if (code === undefined) return;
    switch (reply.type) {
      case 'waiting':
        this.#seated(code, reply);
        return this.#show(code, reply.expiresInMs);
      case 'attached':
        this.#seated(code, reply);
        if (reply.peer !== 'gone') return this.#claimed(code, reply.peer);
        return this.#overdue ? this.#next() : undefined;
      case 'opened':
        code.opened = true;
        return;
      case 'peer':
        return this.#claimed(code, reply.presence);
      case 'ended':
        return this.#lost(code);
      default:
        return;
    }
  }

  #seated(code: ShownCode, { token, epoch }: { token: string; epoch: string }): void {
    code.seat = { token, epoch };
    code.usable = true;
    this.#retries = 0;
  }

  async #next(): Promise<void> {
    this.#cancelLife?.();
    this.#overdue = false;
    if (this.#shown >= this.#maxShown) {
      // The last code stays valid until the relay lets it expire.
      this.#paused = true;
      return;
    }
    this.#shown += 1;
    while (this.#codes.length >= MAX_OFFERED) {
      const oldest = this.#codes.shift();
      if (oldest) this.#end(oldest, 'expired');
    }
    const guid = createGuid(this.#environment.randomBytes);
    const offer = await createOffer(this.#suite, deriveLink(guid));
    const link = encodeBase64url(offer.linkId);
    const code = { guid, link, offer, opened: false, usable: false };
    this.#codes.push(code);
    this.#present(code);
  }

  #show(code: ShownCode, expiresInMs: number): void {
    if (code !== this.#codes.at(-1)) return;
    const lifeMs = Math.max(Math.min(this.#lifeMs, expiresInMs), SHORTEST_LIFE_MS);
    this.#replacedAtMs = this.#environment.nowMs() + lifeMs;
    this.#overdue = false;
    this.#cancelLife?.();
    this.#cancelLife = this.#environment.setTimer(lifeMs, () => void this.#lifeOver());
  }

  #lifeOver(): Promise<void> | undefined {
    if (this.#client.online) return this.#next();
    this.#overdue = true;
    return undefined;
  }

  #claimed(code: ShownCode, presence: Presence): void {
    if (code.seat === undefined || presence === 'gone') return;
    const seat: Seat = { side: 'page', linkId: code.offer.linkId, ...code.seat };
    this.#codes = this.#codes.filter((other) => other !== code);
    this.giveUp();
    this.#host.claimed(code.offer, seat, presence);
  }

  /** The relay has forgotten a code. When it was the one on the screen, another takes its place. */
  async #lost(code: ShownCode): Promise<void> {
    const wasNewest = code === this.#codes.at(-1);
    this.#codes = this.#codes.filter((other) => other !== code);
    if (wasNewest && !this.#paused) await this.#next();
  }

  async #refused(
    reason: Refusal,
    code: ShownCode | undefined,
    retryAfterMs = RETRY_FIRST_MS,
  ): Promise<void> {
    if (reason === 'too-many') {
      const waitMs = Math.max(RETRY_FIRST_MS * 2 ** this.#retries, retryAfterMs);
      this.#retries += 1;
      this.#cancelRetry?.();
      this.#cancelRetry = this.#environment.setTimer(Math.min(waitMs, RETRY_LONGEST_MS), () => {
        for (const refused of this.#codes) if (!refused.usable) this.#present(refused);
      });
    } else if (code?.seat !== undefined) {
      // The link expired while there was no pipe.
      await this.#lost(code);
    } else {
      this.#host.refused(reason);
    }
  }

  #end({ link, seat }: ShownCode, reason: EndReason): void {
    if (seat) this.#client.send({ type: 'end', link, reason });
  }
}
