/**
 * The links at which an end waits for others that remember it. docs/protocol/pairing.md §16.2.
 *
 * There is no token to keep: a meeting is asked for anew on every pipe, and the newest one who
 * asks has the seat.
 */
import { encodeBase64url } from './base64url.ts';
import { equalBytes } from './bytes.ts';
import type { Environment } from './environment.ts';
import { deriveMeeting } from './remember-secret.ts';
import type { RememberedEntry } from './remembered.ts';
import type { RelayClient } from './relay-client.ts';
import type { Presence, Reply, Side } from './rendezvous.ts';

/** After the relay has ended one, or wants fewer. */
const RETRY_MS = 10_000;

/** One link to meet at. */
export interface Meeting {
  /** Of the device that is remembered. */
  id: string;
  name: string;
  textBytes: number;
  generation: number;
  linkId: Uint8Array;
  /** Keys are agreed on under it. */
  secret: Uint8Array;
  /** Present while this end has the seat. */
  seat?: { token: string; epoch: string } | undefined;
  presence: Presence;
  /** Another window of this browser has taken the seat, and is left in peace. */
  isTaken?: boolean;
}

export function currentMeeting(entry: RememberedEntry): Meeting {
  return createMeeting(entry, entry.secret, entry.generation);
}

/** The current one, and the one before: the page may not know yet that it is used up. */
export function phoneMeetings(entry: RememberedEntry): Meeting[] {
  const before = entry.previous && createMeeting(entry, entry.previous, entry.generation - 1);
  return before ? [currentMeeting(entry), before] : [currentMeeting(entry)];
}

function createMeeting(
  { id, name, givenName, textBytes }: RememberedEntry,
  secret: Uint8Array,
  generation: number,
): Meeting {
  const shown = { id, name: givenName ?? name, textBytes };
  return { ...shown, generation, presence: 'gone', ...deriveMeeting(secret) };
}

export class Meetings {
  readonly #side: Side;
  readonly #client: Pick<RelayClient, 'send'>;
  readonly #environment: Environment;
  #all: Meeting[] = [];
  #cancelRetry: (() => void) | undefined;

  constructor(side: Side, client: Pick<RelayClient, 'send'>, environment: Environment) {
    this.#side = side;
    this.#client = client;
    this.#environment = environment;
  }

  /** Waits at these, and at no others; not where another window is known to wait. */
  set(meetings: readonly Meeting[]): void {
    const taken = this.#all.filter(({ isTaken }) => isTaken);
    this.giveUp();
    this.#all = meetings.map((each) => ({
      ...each,
      seat: undefined,
      presence: 'gone',
      isTaken: taken.some(({ linkId }) => equalBytes(linkId, each.linkId)),
    }));
    this.#ask();
  }

  /** What came is about one of them. @returns it, as it is now */
  reply(reply: Reply): Meeting | undefined {
    if (!('link' in reply)) return undefined;
    const meeting = this.#all.find(({ linkId }) => encodeBase64url(linkId) === reply.link);
    if (meeting === undefined) return undefined;
    switch (reply.type) {
      case 'attached':
        meeting.seat = { token: reply.token, epoch: reply.epoch };
        meeting.presence = reply.peer;
        break;
      case 'peer':
        meeting.presence = reply.presence;
        break;
      case 'ended':
        this.#lost(meeting, RETRY_MS);
        break;
      case 'refused':
        if (reply.reason === 'too-many') this.#lost(meeting, reply.retryAfterMs ?? 0);
        else meeting.seat = undefined;
        meeting.isTaken = reply.reason === 'crowded';
        break;
      default:
        break;
    }
    return meeting;
  }

  find(linkId: Uint8Array): Meeting | undefined {
    const link = encodeBase64url(linkId);
    return this.#all.find((meeting) => encodeBase64url(meeting.linkId) === link);
  }

  /** That one is about to begin: it is no longer waited at. */
  take(meeting: Meeting): void {
    this.#all = this.#all.filter((other) => other !== meeting);
    this.giveUp();
  }

  /** Whoever comes there finds nobody. */
  giveUp(id?: string): void {
    if (id === undefined) this.#cancelRetry?.();
    const over = this.#all.filter((meeting) => id === undefined || meeting.id === id);
    this.#all = this.#all.filter((meeting) => !over.includes(meeting));
    for (const { linkId, seat } of over) {
      const link = encodeBase64url(linkId);
      if (seat) this.#client.send({ type: 'end', link, reason: 'rejected' });
    }
  }

  /** This window is used anew: it waits again where another one has taken the seat. */
  takeBack(): void {
    const taken = this.#all.filter(({ isTaken }) => isTaken);
    for (const meeting of taken) meeting.isTaken = false;
    if (taken.length > 0) this.#ask();
  }

  /** The pipe is gone, and the seats with it. */
  lost(): void {
    for (const meeting of this.#all) meeting.seat = undefined;
  }

  stop(): void {
    this.#cancelRetry?.();
  }

  #lost(meeting: Meeting, delayMs: number): void {
    meeting.seat = undefined;
    meeting.presence = 'gone';
    this.#cancelRetry?.();
    this.#cancelRetry = this.#environment.setTimer(Math.max(delayMs, RETRY_MS), () => this.#ask());
  }

  #ask(): void {
    for (const { linkId, seat, isTaken } of this.#all) {
      const link = encodeBase64url(linkId);
      if (!seat && !isTaken) this.#client.send({ type: 'meet', v: 1, link, side: this.#side });
    }
  }
}
