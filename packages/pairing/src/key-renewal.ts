/**
 * How a link comes to fresh keys after one end, or both, lost theirs: a reload, a crash, a phone
 * that was remembered. docs/protocol/pairing.md §10.2.
 *
 * An end that still has keys takes part without giving them up before the new ones are agreed on.
 * What the relay invents costs a bounded amount of work and changes nothing: without a resume
 * secret neither message can be made or opened.
 */
import type { CipherSuite } from 'hpke';
import type { Environment } from './environment.ts';
import type { Answer, Hello } from './introduction.ts';
import type { Handshake, SharedSecret } from './key-schedule.ts';
import type { RenewalMessage } from './renewal-message.ts';
import { createResumeSecret, findSecret, type ResumeSecret } from './resume-secret.ts';

const REPEAT_FIRST_MS = 1000;
const REPEAT_LONGEST_MS = 10_000;
/** What others say is acted upon at most once in this time: each costs a key agreement. */
const RESPONSE_INTERVAL_MS = 100;
/** Junk in the place of msg1 or msg2 is the relay's. */
const MAX_FAILURES = 20;

export interface KeyRenewalHost {
  send(message: RenewalMessage): void;
  /** Fresh keys are agreed on. They, and `secrets`, must be in use and kept when this returns. */
  renewed(handshake: Handshake<Hello> | Handshake<Answer>): void;
  /** This end has no keys, and no secret that the other one knows. */
  hopeless(): void;
  /** The other end, or somebody in its place, breaks the protocol. */
  broken(): void;
}

export interface KeyRenewalParts {
  linkId: Uint8Array;
  /** Newest first. */
  secrets: readonly ResumeSecret[];
  suite: CipherSuite;
  environment: Environment;
  host: KeyRenewalHost;
}

export abstract class KeyRenewal {
  protected readonly suite: CipherSuite;
  protected readonly host: KeyRenewalHost;
  readonly #linkId: Uint8Array;
  readonly #environment: Environment;
  #secrets: readonly ResumeSecret[];
  #seeking = false;
  #peerHere = false;
  #repeats = 0;
  #failures = 0;
  #respondedAtMs = Number.NEGATIVE_INFINITY;
  #cancelRepeat: (() => void) | undefined;

  constructor({ linkId, secrets, suite, environment, host }: KeyRenewalParts) {
    this.#linkId = linkId;
    this.#secrets = secrets;
    this.suite = suite;
    this.#environment = environment;
    this.host = host;
  }

  /** What has to be kept to take up the link, newest first. */
  get secrets(): readonly ResumeSecret[] {
    return this.#secrets;
  }

  /** This end has no keys. */
  get seeking(): boolean {
    return this.#seeking;
  }

  /** From now on this end needs keys. */
  async seek(): Promise<void> {
    this.#seeking = true;
  }

  /**
   * There is a pipe, or the other end came to it.
   *
   * @param peerHere - whether it is worth saying more than once
   */
  attach(peerHere: boolean): void {
    this.#peerHere = peerHere;
    this.sayFirst();
  }

  /** What is said now would be dropped: there is no pipe, or nobody at its other end. */
  detach(): void {
    this.#peerHere = false;
    this.#cancelRepeat?.();
  }

  abstract receive(message: RenewalMessage): void | Promise<void>;

  /** The other end has used the new keys: it keeps their secret, and the one before is over. @returns whether there was one */
  confirmed(): boolean {
    const isNews = this.#secrets.length > 1;
    this.#secrets = this.#secrets.slice(0, 1);
    return isNews;
  }

  /** What is to be said, again and again, until it is answered. */
  protected abstract due(): RenewalMessage | undefined;

  #sayNow(): void {
    this.#cancelRepeat?.();
    const message = this.due();
    if (message === undefined) return;
    this.host.send(message);
    if (!this.#peerHere) return;
    const delayMs = Math.min(REPEAT_FIRST_MS * 2 ** this.#repeats, REPEAT_LONGEST_MS);
    this.#repeats += 1;
    this.#cancelRepeat = this.#environment.setTimer(delayMs, () => this.#sayNow());
  }

  protected sayFirst(): void {
    this.#repeats = 0;
    this.#sayNow();
  }

  protected mayRespond(): boolean {
    const nowMs = this.#environment.nowMs();
    if (Math.abs(nowMs - this.#respondedAtMs) < RESPONSE_INTERVAL_MS) return false;
    this.#respondedAtMs = nowMs;
    return true;
  }

  protected get secretIds(): Uint8Array[] {
    return this.#secrets.map(({ id }) => id);
  }

  protected common(ids: readonly Uint8Array[]): ResumeSecret | undefined {
    for (const id of ids) {
      const found = findSecret(this.#secrets, id);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  protected shared({ id, secret }: ResumeSecret): SharedSecret {
    return { linkId: this.#linkId, psk: secret, secretId: id };
  }

  protected failed(): void {
    this.#failures += 1;
    if (this.#failures >= MAX_FAILURES) this.host.broken();
  }

  /** @param before - the secret that the other end may still have to use, if it never hears of the new one */
  protected finish(
    handshake: Handshake<Hello> | Handshake<Answer>,
    before: ResumeSecret | undefined,
  ): void {
    const newest = createResumeSecret(handshake.resumeSecret);
    this.#secrets = before === undefined ? [newest] : [newest, before];
    this.#seeking = false;
    this.#failures = 0;
    this.#cancelRepeat?.();
    this.host.renewed(handshake);
  }

  /** The other end knows none of our secrets. */
  protected nothingInCommon(): void {
    if (this.#seeking) this.host.hopeless();
  }
}
