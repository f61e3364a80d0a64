/** The phone's end of a link. docs/protocol/pairing.md §11 has its states in a table. */
import { decodeBase64url, encodeBase64url } from './base64url.ts';
import { createChoices } from './confirmation.ts';
import type { ConfirmPolicy, ConnectedState, EndedState, Ending } from './endpoint.ts';
import { EndpointBase, knownPeer } from './endpoint-base.ts';
import { PAIRING_VERSION, type Answer, type FinalsPosition, type Hello } from './introduction.ts';
import type { KeyRenewal, KeyRenewalParts } from './key-renewal.ts';
import { sendHello, type Handshake } from './key-schedule.ts';
import { deriveLink, type LinkSecrets } from './link.ts';
import { resolvePhoneOptions, type PhoneOptions, type Resolved } from './options.ts';
import { PairedLink } from './paired-link.ts';
import type { Meeting } from './meetings.ts';
import { PhoneRenewal } from './phone-renewal.ts';
import type { RateLimits } from './pacer.ts';
import { EnvelopeKind, type Envelope, type Reply } from './rendezvous.ts';

export type PhoneState =
  /** Nothing is bound yet. `ageMs`: how long ago the page showed the code, once `visit` was answered. */
  | { phase: 'idle'; ageMs?: number }
  | { phase: 'connecting' }
  | {
      phase: 'confirm';
      pageLabel: string;
      confirm: ConfirmPolicy;
      /** To be shown here and chosen or typed on the page; with `lookChoices`, only after these. */
      number: number;
      /** Policy `both`: pick the number that the page shows, with `chooseLook`. Gone once picked. */
      lookChoices?: number[];
    }
  | ConnectedState
  | EndedState;

/** How long a computer that is remembered is waited for. */
const WAIT_MS = 60_000;
const MEET_AGAIN_MS = 2000;
const HELLO_REPEAT_FIRST_MS = 3000;
const HELLO_REPEATS = 3;
/** Junk in the place of msg2 is the relay's; an honest page's answer would have come. */
const MAX_FAILED_ANSWERS = 20;

/** What the page is still to answer, then what it has answered. */
interface Introduction {
  msg1: Uint8Array;
  finish(msg2: Uint8Array): Promise<Handshake<Answer> | undefined>;
  page?: { label: string; confirm: ConfirmPolicy; check: number; look: number };
  lookChoices?: number[];
}

/** Takes the phone's seat at a page's link, then types to and fro with it. */
export class PhoneEndpoint extends EndpointBase<PhoneState> {
  readonly #options: Resolved<PhoneOptions>;
  /** Of the code, if there is one. */
  readonly #secrets: LinkSecrets | undefined;
  #link = '';
  #visiting = false;
  #claiming = false;
  #ageMs: number | undefined;
  #introduction: Introduction | undefined;
  #failedAnswers = 0;
  #helloRepeats = 0;
  #cancelTimeout: (() => void) | undefined;
  #cancelRetry: (() => void) | undefined;
  /** Where a computer that is remembered may be; empty for one with a code. */
  #waited: readonly Meeting[] = [];

  /** @throws TypeError when `guid` is none, and for other options that cannot be */
  constructor(options: PhoneOptions) {
    const resolved = resolvePhoneOptions(options);
    super('phone', resolved);
    this.#options = resolved;
    if (resolved.guid === undefined) return;
    this.#secrets = deriveLink(resolved.guid);
    this.#link = encodeBase64url(this.#secrets.linkId);
  }

  get state(): PhoneState {
    const link = this.describeLink();
    if (link) return link;
    if (!this.#claiming) {
      return { phase: 'idle', ...(this.#ageMs !== undefined && { ageMs: this.#ageMs }) };
    }
    const page = this.#introduction?.page;
    if (page === undefined) return { phase: 'connecting' };
    const lookChoices = this.#introduction?.lookChoices;
    return {
      phase: 'confirm',
      pageLabel: page.label,
      confirm: page.confirm,
      number: page.check,
      ...(lookChoices && { lookChoices: [...lookChoices] }),
    };
  }

  /** Takes up the link that `resume` holds. @returns false when there is none */
  resume(): boolean {
    const state = this.#claiming ? undefined : this.loadState();
    if (state === undefined) return false;
    this.#claiming = true;
    this.#link = encodeBase64url(state.linkId);
    this.enqueue(() => this.restore(state));
    return true;
  }

  /**
   * Goes to a computer that is remembered, or waits for it. Instead of `claim`; without a number.
   *
   * @returns false when it is not, or when there is a link already
   */
  meet(id: string): boolean {
    if (this.#claiming || this.ending !== undefined) return false;
    this.#waited = this.remembered?.phoneMeetings(id) ?? [];
    if (this.#waited.length === 0) return false;
    this.#claiming = true;
    this.enqueue(() => {
      this.#cancelTimeout = this.environment.setTimer(WAIT_MS, () => this.#giveUpWaiting());
      this.#ask();
    });
    return true;
  }

  #giveUpWaiting(): void {
    this.meeting = undefined;
    this.ended(this.client.online ? 'lonely' : 'offline');
  }

  /** The phone page was loaded: tells the page so and asks for the code's age. Binds nothing. */
  visit(): void {
    this.enqueue(() => {
      if (this.#visiting || this.#claiming || this.ending !== undefined) return;
      if (this.#secrets === undefined) return;
      this.#visiting = true;
      this.#ask();
    });
  }

  /** The person tapped: takes the phone's seat. */
  claim(): void {
    this.enqueue(() => {
      if (this.#claiming || this.ending !== undefined) return;
      if (this.#secrets === undefined) return;
      this.#claiming = true;
      this.cancelRehearsal();
      this.#cancelTimeout = this.environment.setTimer(this.#options.connectTimeoutMs, () =>
        this.ended('offline'),
      );
      this.#ask();
    });
  }

  /** Policy `both`: the number that the page shows; null: none of these. Anything but the right one ends the link. */
  chooseLook(number: number | null): void {
    this.enqueue(() => {
      const introduction = this.#introduction;
      if (introduction?.lookChoices === undefined) return;
      if (number !== introduction.page?.look) return this.endLink('scary');
      delete introduction.lookChoices;
      this.link?.accept();
    });
  }

  override stop(): void {
    this.#cancelTimeout?.();
    this.#cancelRetry?.();
    super.stop();
  }

  override welcome(_epoch: string, limits: RateLimits): void {
    this.limits = limits;
    if (this.link) this.link.welcome(limits);
    else this.#ask();
  }

  protected override askWithoutLink(): boolean {
    this.#ask();
    return this.#claiming || this.#visiting;
  }

  /** A second claim would be that of a second phone. */
  protected override mayMoveWithoutLink(): boolean {
    return !this.#claiming;
  }

  #ask(): void {
    if (!this.client.online) this.client.start();
    else if (this.#waited.length > 0) this.#wait();
    else if (this.#claiming) this.client.send({ type: 'claim', v: 1, link: this.#link });
    else if (this.#visiting) this.client.send({ type: 'visit', v: 1, link: this.#link });
  }

  #wait(): void {
    if (this.limits.meetings === undefined) this.ended('version');
    else this.meetings?.set(this.#waited);
  }

  override async reply(reply: Reply): Promise<void> {
    const meeting = this.link ? undefined : this.meetings?.reply(reply);
    if (meeting !== undefined) {
      if (meeting.presence !== 'here' || meeting.seat === undefined) return;
      this.#link = encodeBase64url(meeting.linkId);
      return this.beginMeeting(meeting);
    }
    if ('link' in reply && reply.link !== undefined && reply.link !== this.#link) return;
    if (this.link) return this.link.reply(reply);
    switch (reply.type) {
      case 'visited':
        this.#ageMs = reply.ageMs;
        this.rehearse();
        return;
      case 'claimed':
        return this.#claimed(reply);
      case 'ended':
        return this.ended(reply.reason);
      case 'refused':
        // A visit is a courtesy; the tap may still get through.
        if (reply.reason === 'too-many' && !this.#claiming) return;
        return this.ended(reply.reason);
      default:
        return;
    }
  }

  override renewed(peer: Hello | Answer): void {
    this.#cancelTimeout?.();
    super.renewed(peer);
  }

  override ended(reason: Ending): void {
    if (this.meeting !== undefined) {
      // It went away again, or did not understand: it may come back while this end waits.
      this.dropLink();
      this.#cancelRetry = this.environment.setTimer(MEET_AGAIN_MS, () => this.#ask());
      return;
    }
    this.#cancelRetry?.();
    this.meetings?.giveUp();
    this.#cancelTimeout?.();
    this.#introduction = undefined;
    super.ended(reason);
  }

  async #claimed({ key, token, epoch }: Extract<Reply, { type: 'claimed' }>): Promise<void> {
    const secrets = this.#secrets;
    if (!this.#claiming || secrets === undefined) return;
    this.#cancelTimeout?.();
    const pageKey = decodeBase64url(key) ?? new Uint8Array();
    const introduction = await sendHello(this.suite, secrets, pageKey, this.#createHello());
    if (introduction === undefined) return this.ended('errory');
    this.#introduction = introduction;
    const seat = { side: 'phone' as const, linkId: secrets.linkId, token, epoch };
    const link = new PairedLink(seat, this.linkParts);
    link.seated(this.limits, 'here');
    this.useLink(link);
    this.introduce();
    this.#repeatHelloLater();
  }

  /** The relay forwards msg1 to a page that is there, and drops it otherwise. */
  #repeatHelloLater(): void {
    const delayMs = HELLO_REPEAT_FIRST_MS * 2 ** this.#helloRepeats;
    this.#cancelTimeout = this.environment.setTimer(delayMs, () => {
      if (this.#helloRepeats >= HELLO_REPEATS) return;
      this.#helloRepeats += 1;
      this.introduce();
      this.#repeatHelloLater();
    });
  }

  override async introduced({ kind, body }: Envelope): Promise<void> {
    const introduction = this.#introduction;
    if (kind !== EnvelopeKind.answer || !introduction || introduction.page || !this.link) return;
    const handshake = await introduction.finish(body);
    if (handshake === undefined) {
      this.#failedAnswers += 1;
      if (this.#failedAnswers >= MAX_FAILED_ANSWERS) this.endLink('errory');
      return;
    }
    this.#cancelTimeout?.();
    const { check, look, peer } = handshake;
    introduction.page = { label: peer.label, confirm: peer.confirm, check, look };
    this.peer = knownPeer(peer);
    this.link.begin(handshake, this.events, this.conversationOptions);
    this.remembering?.begin(handshake.rememberSecret);
    if (peer.confirm === 'both') {
      introduction.lookChoices = createChoices(look, check, this.environment.randomBytes);
    } else {
      this.link.accept();
    }
  }

  override createRenewal(
    finals: () => FinalsPosition | undefined,
    parts: KeyRenewalParts,
  ): KeyRenewal {
    return new PhoneRenewal(() => ({ ...this.#createHello(), finals: finals() }), parts);
  }

  #createHello(): Omit<Hello, 'key'> {
    const { name, language, secure } = this.#options;
    return {
      name,
      language,
      versions: [PAIRING_VERSION],
      secure,
      secrets: this.takesSecrets,
      resumes: true,
      remembers: this.remembered !== undefined,
    };
  }

  protected override repeatIntroduction(): void {
    if (this.#introduction && !this.#introduction.page) {
      this.link?.transmit(EnvelopeKind.hello, this.#introduction.msg1);
    }
  }
}
