/** The computer's end of a link. docs/protocol/pairing.md §11 has its states in a table. */
import { equalBytes } from './bytes.ts';
import { CodeRotation, type CodeRotationHost } from './code-rotation.ts';
import { createChoices } from './confirmation.ts';
import { MAX_TEXT_BYTES } from './edit.ts';
import type { ConfirmPolicy, ConnectedState, EndedState, Ending } from './endpoint.ts';
import { EndpointBase, knownPeer, NOBODY } from './endpoint-base.ts';
import { PAIRING_VERSION, type Answer, type FinalsPosition } from './introduction.ts';
import type { KeyRenewal, KeyRenewalParts } from './key-renewal.ts';
import { answerHello, type Offer } from './key-schedule.ts';
import { resolvePageOptions, type PageOptions, type Resolved } from './options.ts';
import { PairedLink } from './paired-link.ts';
import { PageRenewal } from './page-renewal.ts';
import type { RateLimits } from './pacer.ts';
import {
  EnvelopeKind,
  type Envelope,
  type Presence,
  type Refusal,
  type Reply,
} from './rendezvous.ts';
import type { Seat } from './seat.ts';

export type PageState =
  | { phase: 'connecting' }
  /**
   * A code to show. `opened`: a phone has loaded it, nothing more. `expiresInMs` until the next
   * code takes its place; it counts from the event.
   */
  | { phase: 'waiting'; guid: string; expiresInMs: number; opened: boolean }
  /** Enough codes were shown; `newCode` goes on. */
  | { phase: 'paused' }
  | {
      phase: 'claimed';
      /** Absent until the phone has proved that it knows the GUID. */
      phoneName?: string;
      confirm: ConfirmPolicy;
      /** The three numbers to choose from; empty before that, after it, and when the number is typed. */
      choices: number[];
      /** To be shown here and picked on the phone (policy `both`). */
      look?: number;
    }
  | ConnectedState
  | EndedState;

/** A wrong msg1 is somebody who has the link id but not the GUID. */
const MAX_FAILED_HELLOS = 3;

/** What a phone has been told, once it has proved that it knows the GUID. */
interface Introduction {
  msg1: Uint8Array;
  msg2: Uint8Array;
  check: number;
  look: number;
  choices: number[];
}

/** Shows codes, answers one phone, then types to and fro with it. */
export class PageEndpoint extends EndpointBase<PageState> implements CodeRotationHost {
  readonly #options: Resolved<PageOptions>;
  readonly #codes: CodeRotation;
  #offer: Offer | undefined;
  #introduction: Introduction | undefined;
  #failedHellos = 0;
  #chosen = false;

  /** @throws TypeError, RangeError for options that cannot be */
  constructor(options: PageOptions) {
    const resolved = resolvePageOptions(options);
    super('page', resolved);
    this.#options = resolved;
    this.#codes = new CodeRotation(this.suite, this.client, this.environment, this, resolved);
  }

  get state(): PageState {
    const link = this.describeLink();
    if (link) return link;
    if (this.meeting) return { phase: 'connecting' };
    if (this.link) return this.#describeClaim();
    if (this.#codes.paused) return { phase: 'paused' };
    const code = this.#codes.current;
    return code ? { phase: 'waiting', ...code } : { phase: 'connecting' };
  }

  #describeClaim(): PageState {
    const { confirm } = this.#options;
    const claim = { phase: 'claimed' as const, confirm, choices: [] };
    if (this.#introduction === undefined) return claim;
    const { choices, look } = this.#introduction;
    return {
      ...claim,
      phoneName: this.peer.name,
      choices: this.#chosen ? [] : [...choices],
      ...(confirm === 'both' && { look }),
    };
  }

  /** Opens the pipe and shows the first code, or takes up the link that `resume` holds. */
  start(): void {
    this.enqueue(async () => {
      const state = this.link === undefined ? this.loadState() : undefined;
      if (state !== undefined) await this.restore(state);
      else this.client.start();
    });
  }

  /** Ends whatever there is and shows a fresh code. */
  newCode(): void {
    this.enqueue(async () => {
      this.meeting = undefined;
      this.link?.end(this.link.connected ? 'happy' : 'rejected');
      this.ending = undefined;
      await this.#startAnew();
      this.client.start();
    });
  }

  /** The number that the phone shows, chosen or typed; null: none of these. Anything but the right one ends the link. */
  choose(number: number | null): void {
    this.enqueue(() => {
      if (this.link === undefined || this.#chosen) return;
      if (number === null) return this.endLink('scary');
      if (this.#introduction === undefined || this.#options.confirm === 'tap') return;
      if (number !== this.#introduction.check) return this.endLink('scary');
      this.#chosen = true;
      this.link.accept();
    });
  }

  override stop(): void {
    this.#codes.stop();
    super.stop();
  }

  override async welcome(epoch: string, limits: RateLimits): Promise<void> {
    this.limits = limits;
    if (this.link) return this.link.welcome(limits);
    this.meetings?.lost();
    this.#meetAll();
    await this.#codes.welcome(epoch);
  }

  async #startAnew(): Promise<void> {
    this.#forgetClaim();
    this.meetings?.giveUp();
    if (this.client.online) this.#meetAll();
    await this.#codes.restart();
  }

  /** Waits for the phones that are remembered, those used last first. */
  #meetAll(): void {
    const meetings = this.remembered?.pageMeetings(this.limits.meetings ?? 0);
    this.meetings?.set(meetings ?? []);
  }

  /** A phone that remembers this page says what an end without keys does: it is here. */
  override async envelope(envelope: Envelope): Promise<void> {
    const meeting = this.link ? undefined : this.meetings?.find(envelope.link);
    if (meeting?.seat !== undefined && envelope.kind === EnvelopeKind.renewal) {
      this.#codes.giveUp();
      meeting.presence = 'here';
      await this.beginMeeting(meeting);
    }
    await super.envelope(envelope);
  }

  override async reply(reply: Reply): Promise<void> {
    const { link } = this;
    if (link === undefined) {
      if (this.meetings?.reply(reply)) return;
      if (reply.type === 'waiting') this.rehearse();
      return this.#codes.reply(reply);
    }
    if ('link' in reply && reply.link !== undefined && !link.isNamed(reply.link)) return;
    link.reply(reply);
  }

  override ended(reason: Ending): void {
    if (this.meeting !== undefined) {
      this.dropLink();
      this.enqueue(() => this.#startAnew());
      return;
    }
    this.meetings?.giveUp();
    this.#codes.giveUp();
    this.#forgetClaim();
    super.ended(reason);
  }

  protected override askWithoutLink(): boolean {
    return this.#codes.ask();
  }

  /** The seats of codes are taken along. */
  protected override mayMoveWithoutLink(): boolean {
    return true;
  }

  // What CodeRotation tells.

  claimed(offer: Offer, seat: Seat, presence: Presence): void {
    this.#forgetClaim();
    this.meetings?.giveUp();
    this.#offer = offer;
    const link = new PairedLink(seat, this.linkParts);
    link.seated(this.limits, presence);
    this.useLink(link);
  }

  refused(reason: Refusal): void {
    this.ended(reason);
  }

  override async introduced({ kind, body }: Envelope): Promise<void> {
    if (kind !== EnvelopeKind.hello || this.link === undefined) return;
    if (this.#introduction !== undefined) {
      // The phone has not seen msg2. Any other msg1 now is somebody else's, who comes too late.
      if (equalBytes(body, this.#introduction.msg1)) this.introduce();
      return;
    }
    if (this.#offer === undefined) return;
    const { confirm } = this.#options;
    const answered = await answerHello(this.suite, this.#offer, body, this.#createAnswer());
    if (answered === undefined) {
      this.#failedHellos += 1;
      if (this.#failedHellos >= MAX_FAILED_HELLOS) this.endLink('scary');
      return;
    }
    const { handshake, msg2 } = answered;
    if (!handshake.peer.versions.includes(PAIRING_VERSION)) return this.endLink('errory');
    const { check, look } = handshake;
    const picked = confirm === 'match' || confirm === 'both';
    const choices = picked ? createChoices(check, look, this.environment.randomBytes) : [];
    this.#introduction = { msg1: body.slice(), msg2, check, look, choices };
    // The private key has done its work; without it nobody can ever read this msg1 again.
    this.#offer = undefined;
    this.peer = knownPeer(handshake.peer);
    this.introduce();
    this.link.begin(handshake, this.events, this.conversationOptions);
    this.remembering?.begin(handshake.rememberSecret);
    if (confirm === 'tap') this.link.accept();
  }

  override createRenewal(
    finals: () => FinalsPosition | undefined,
    parts: KeyRenewalParts,
  ): KeyRenewal {
    return new PageRenewal(() => ({ ...this.#createAnswer(), finals: finals() }), parts);
  }

  #createAnswer(): Answer {
    const { confirm, label, secure } = this.#options;
    return {
      label,
      version: PAIRING_VERSION,
      confirm,
      limits: { textBytes: MAX_TEXT_BYTES },
      secure,
      secrets: this.takesSecrets,
      resumes: true,
      remembers: this.remembered !== undefined,
    };
  }

  protected override repeatIntroduction(): void {
    if (this.#introduction && !this.link?.connected) {
      this.link?.transmit(EnvelopeKind.answer, this.#introduction.msg2);
    }
  }

  #forgetClaim(): void {
    this.#offer = undefined;
    this.#introduction = undefined;
    this.#failedHellos = 0;
    this.#chosen = false;
    this.peer = NOBODY;
    this.remembering?.restore(undefined);
  }
}
