/**
 * Whether the two ends of a link remember each other: only while both want it.
 * docs/protocol/pairing.md §16.1.
 */
import type { KnownPeer } from './resume-state.ts';
import { rememberedId } from './remember-secret.ts';
import type { RememberedDevices } from './remembered.ts';
import type { Side } from './rendezvous.ts';

/**
 * `unavailable`: an end of before, no store, or given up on a link that began by meeting again.
 * `asking`: this end wants it. `asked`: the other one does. `on`: both do.
 */
export type RememberState = 'unavailable' | 'off' | 'asking' | 'asked' | 'on';

/** What is kept of it over a reload. */
export interface KeptRemembering {
  id: string;
  /** First of the chain; absent when the two met again, and it is used up. */
  secret?: Uint8Array | undefined;
  /** Whether this end wants it. */
  own: boolean;
  /** Whether the other end was heard to want it. */
  peer: boolean;
  /** Of the meeting that this link began with. */
  generation?: number | undefined;
}

export interface RememberingHost {
  readonly peer: KnownPeer;
  /** Tells the other end what this one wants. */
  sayRemember(wanted: boolean): void;
}

export class Remembering {
  readonly #devices: RememberedDevices;
  readonly #side: Side;
  readonly #host: RememberingHost;
  #kept: KeptRemembering | undefined;

  constructor(devices: RememberedDevices, side: Side, host: RememberingHost) {
    this.#devices = devices;
    this.#side = side;
    this.#host = host;
  }

  get id(): string | undefined {
    return this.#kept?.id;
  }

  get state(): RememberState {
    const kept = this.#kept;
    if (kept === undefined || !this.#host.peer.remembers) return 'unavailable';
    if (kept.own) return kept.peer ? 'on' : 'asking';
    if (kept.secret === undefined) return 'unavailable';
    return kept.peer ? 'asked' : 'off';
  }

  /** A link between ends that know nothing of each other yet. @param secret - that both have derived */
  begin(secret: Uint8Array): void {
    this.#kept = { id: rememberedId(secret), secret, own: false, peer: false };
  }

  /** A link between ends that have met again, with the secret of that generation. */
  met(id: string, generation: number): void {
    this.#kept = { id, own: true, peer: true, generation };
  }

  keep(): KeptRemembering | undefined {
    return this.#kept;
  }

  restore(kept: KeptRemembering | undefined): void {
    this.#kept = kept;
  }

  /** The keys of the meeting work: its secret is not used again. */
  usedUp(): void {
    const { id, generation } = this.#kept ?? {};
    if (id === undefined || generation === undefined) return;
    this.#devices.advance(id, this.#side, generation + 1, this.#host.peer.name);
  }

  /** The person here wants it, or wants it no longer. */
  set(wanted: boolean): void {
    const kept = this.#kept;
    if (kept === undefined || this.state === 'unavailable' || kept.own === wanted) return;
    this.#turn({ ...kept, own: wanted });
    this.#host.sayRemember(wanted);
  }

  /**
   * The other end says what it wants. An end that no longer wants it takes this one's wish back,
   * too, and hears of that: what each was told last is then what the other wants.
   */
  heard(wanted: boolean): void {
    const kept = this.#kept;
    if (kept === undefined || kept.peer === wanted) return;
    const ceases = !wanted && kept.own;
    this.#turn({ ...kept, peer: wanted, own: kept.own && wanted });
    if (ceases) this.#host.sayRemember(false);
  }

  /** There are new keys, and what was said under the old ones may be lost. */
  renewed(): void {
    if (this.#kept && this.#host.peer.remembers) this.#host.sayRemember(this.#kept.own);
  }

  #turn(kept: KeptRemembering): void {
    const before = this.#kept;
    this.#kept = kept;
    if (kept.own && kept.peer && kept.secret !== undefined) {
      const { name, textBytes } = this.#host.peer;
      this.#devices.add(kept.secret, { side: this.#side, name, textBytes });
    } else if (before?.own && before.peer) {
      this.#devices.forget(kept.id, this.#side);
    }
  }
}
