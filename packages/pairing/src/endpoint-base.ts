/**
 * What page and phone have in common: one queue for every input, one pipe to the relay, one link,
 * and a state that is told whenever it has changed.
 */
import type { CipherSuite } from 'hpke';
import { EMPTY_CONVERSATION, type Conversation, type ConversationOptions } from './conversation.ts';
import { MAX_TEXT_BYTES } from './edit.ts';
import type { ConnectedState, EndedState, EndpointEvents, Ending } from './endpoint.ts';
import type { Environment, OpenPipe } from './environment.ts';
import { InvalidStateError } from './errors.ts';
import { createSuite } from './key-schedule.ts';
import { guardEvents } from './guarded-events.ts';
import type { Answer, FinalsPosition, Hello } from './introduction.ts';
import { IntroductionRepeats } from './introduction-repeats.ts';
import type { KeyRenewal, KeyRenewalParts } from './key-renewal.ts';
import {
  PairedLink,
  type OwnPresence,
  type PairedLinkHost,
  type PairedLinkParts,
} from './paired-link.ts';
import type { RateLimits } from './pacer.ts';
import type { Meeting, Meetings } from './meetings.ts';
import type { RememberedDevices } from './remembered.ts';
import type { Remembering, RememberingHost } from './remembering.ts';
import { RelayClient, type RelayClientHost } from './relay-client.ts';
import {
  mayComeBack,
  RelayCloseCode,
  type EndReason,
  type Envelope,
  type Reply,
  type Side,
} from './rendezvous.ts';
import { rehearseKeyAgreement } from './rehearsal.ts';
import { ResumeKeeper } from './resume-keeper.ts';
import type { KnownPeer, ResumeState, ResumeStore } from './resume-state.ts';
import { SerialQueue } from './serial-queue.ts';
import { EMPTY_FIELD, type FieldState } from './text-field.ts';

/** A link that nobody confirms is over after this, whatever the relay does. */
const UNCONFIRMED_LIFE_MS = 120_000;
/** Time to paint what the person is going to look at, before the ciphers take the processor. */
const REHEARSAL_DELAY_MS = 50;
/** Two that have met agree on keys within this, or look for each other again. */
const MEETING_LIFE_MS = 10_000;

export const NOBODY: KnownPeer = Object.freeze({
  name: '',
  secure: false,
  secrets: false,
  resumes: false,
  remembers: false,
  textBytes: MAX_TEXT_BYTES,
});

export abstract class EndpointBase<State extends { phase: string }>
  implements PairedLinkHost, RelayClientHost
{
  /** As given, but its timers run inside the queue. */
  protected readonly environment: Environment;
  protected readonly suite: CipherSuite;
  protected readonly client: RelayClient;
  protected readonly liveIntervalMs: number;
  protected readonly events: Required<EndpointEvents<State>>;
  protected link: PairedLink | undefined;
  protected peer: KnownPeer = NOBODY;
  protected readonly remembered: RememberedDevices | undefined;
  protected readonly remembering: Remembering | undefined;
  /** Where this end waits for others that remember it. */
  protected readonly meetings: Meetings | undefined;
  /** The link is one of two that meet again, and they have no keys yet. */
  protected meeting: Meeting | undefined;
  /** Somebody here listens for secrets. */
  protected readonly takesSecrets: boolean;
  protected ending: Ending | undefined;
  protected limits: RateLimits = { recordsPerSecond: 1, bytesPerSecond: 4096, envelopeBytes: 4096 };

  readonly #side: Side;
  readonly #resume: ResumeKeeper;
  readonly #queue: SerialQueue;
  readonly #introductions: IntroductionRepeats;
  readonly #report: (error: unknown) => void;
  #stopped = false;
  #ownPresence: OwnPresence = 'here';
  #toldState = '';
  #cancelUnconfirmed: (() => void) | undefined;
  #cancelRehearsal: (() => void) | undefined;

  constructor(
    side: Side,
    options: {
      openPipe: OpenPipe;
      environment: Environment;
      events: EndpointEvents<State>;
      liveIntervalMs: number;
      resume?: ResumeStore | undefined;
      remembered?: RememberedDevices | undefined;
    },
  ) {
    const { environment } = options;
    this.#side = side;
    this.#resume = new ResumeKeeper(side, options.resume);
    // What the application's own callbacks throw is the application's: it surfaces as any uncaught
    // error does, and leaves the endpoint as it is.
    this.#report = (error) => {
      environment.setTimer(0, () => {
        throw error;
      });
    };
    this.#queue = new SerialQueue(this.#report);
    this.events = guardEvents(options.events, () => !this.#stopped, this.#report);
    this.takesSecrets = options.events.secret !== undefined;
    this.liveIntervalMs = options.liveIntervalMs;
    this.environment = {
      randomBytes: (length) => environment.randomBytes(length),
      nowMs: () => environment.nowMs(),
      setTimer: (delayMs, run) => this.#setTimer(environment, delayMs, run),
    };
    this.#introductions = new IntroductionRepeats(this.environment, () =>
      this.repeatIntroduction(),
    );
    this.suite = createSuite(this.environment.randomBytes);
    this.client = new RelayClient(options.openPipe, this.environment, this);
    const { remembered } = options;
    this.remembered = remembered;
    this.meetings = remembered?.createMeetings(side, this.client, this.environment);
    this.remembering = remembered?.createRemembering(side, this.#rememberingHost());
  }

  abstract get state(): State;

  /** While a person looks at the code or at the button: makes the key agreement quick. Once. */
  protected rehearse(): void {
    this.#cancelRehearsal ??= this.environment.setTimer(REHEARSAL_DELAY_MS, () => {
      this.enqueue(async () => {
        await rehearseKeyAgreement();
      });
    });
  }

  /** It has come to the real thing. */
  protected cancelRehearsal(): void {
    this.#cancelRehearsal?.();
  }

  /**
   * The own live field as it is now. Outside `connected` it is ignored. Lone surrogates become U+FFFD.
   *
   * @throws TextTooLongError
   */
  setField(field: FieldState): void {
    if (this.state.phase !== 'connected') return;
    this.link?.conversation?.setField(field);
    this.enqueue(() => {});
  }

  /** The own live field: what `setField` said last, or what was kept of it over a reload. */
  get field(): FieldState {
    return this.link?.conversation?.field ?? EMPTY_FIELD;
  }

  /**
   * Sends a finished text and empties the own live field. Lone surrogates become U+FFFD.
   *
   * @returns its id, which `delivery` will name.
   * @throws TextTooLongError, QueueFullError, InvalidStateError outside `connected`
   */
  sendMessage(text: string): string {
    const id = this.#openConversation().sendMessage(text);
    this.enqueue(() => {});
    return id;
  }

  /**
   * Sends a finished text that is never shown live, that the other side masks, and that neither
   * side keeps. The own live field stays as it is. Its length is hidden up to 1 kB.
   *
   * @returns its id, which `delivery` will name: `shown` once it was revealed or copied.
   * @throws TypeError for an empty text, TextTooLongError, QueueFullError, InvalidStateError
   *   outside `connected` and when the other side does not take secrets (`peerTakesSecrets`)
   */
  sendSecret(text: string): string {
    const conversation = this.#openConversation();
    if (!this.peer.secrets) throw new InvalidStateError('the other side takes no secrets');
    const id = conversation.sendSecret(text);
    this.enqueue(() => {});
    return id;
  }

  #openConversation(): Conversation {
    const conversation = this.link?.conversation;
    if (conversation === undefined || this.state.phase !== 'connected') {
      throw new InvalidStateError('there is no other side to send to');
    }
    return conversation;
  }

  /** Tells the other side that its message is on the screen. Unknown ids are ignored. */
  markShown(id: string): void {
    this.link?.conversation?.markShown(id);
    this.enqueue(() => {});
  }

  /**
   * This end's person wants the two ends to remember each other, or no longer does. They do once
   * both want it; when one of them ceases to, both forget. Ignored while it is `unavailable`.
   */
  remember(wanted: boolean): void {
    this.enqueue(() => {
      if (this.state.phase !== 'connected') return;
      this.remembering?.set(wanted);
      this.#keep();
    });
  }

  /** Forgets a device: at once here, and at the other end when it is the one that is connected. */
  forget(id: string): void {
    this.remembered?.forget(id, this.#side);
    this.enqueue(() => {
      this.meetings?.giveUp(id);
      if (this.remembering?.id !== id || this.state.phase !== 'connected') return;
      this.remembering.set(false);
      this.#keep();
    });
  }

  #rememberingHost(): RememberingHost {
    const peer = (): KnownPeer => this.peer;
    return {
      get peer() {
        return peer();
      },
      sayRemember: (wanted) => this.link?.conversation?.sayRemember(wanted),
    };
  }

  /** Ends the link for both sides. */
  disconnect(): void {
    this.enqueue(() => {
      if (this.ending !== undefined) return;
      const reason = this.link?.connected && !this.meeting ? 'happy' : 'rejected';
      this.meeting = undefined;
      if (this.link) this.link.end(reason);
      else this.ended(reason);
    });
  }

  /**
   * The device may have slept, or changed its network: looks at once whether the relay is still
   * there, and opens another pipe if it is not. Cheap enough to be called on every suspicion.
   */
  wake(): void {
    this.enqueue(() => this.client.probe(() => this.#ask()));
  }

  #ask(): boolean {
    if (this.link === undefined) return this.askWithoutLink();
    this.link.probe();
    return true;
  }

  /** Says something that the relay answers, if there is anything to say. */
  protected abstract askWithoutLink(): boolean;

  /**
   * Whether this end's person can see it: a page that is hidden counts as asleep. One that is shown
   * again waits once more for those remembered, where another window has done so since.
   */
  setVisible(visible: boolean): void {
    this.enqueue(() => {
      this.#ownPresence = visible ? 'here' : 'asleep';
      this.link?.setOwnPresence(this.#ownPresence);
      if (visible) this.meetings?.takeBack();
    });
  }

  /** Lets go of pipe and timers without ending the link, which `resume` may take up. Nothing is told afterwards. */
  stop(): void {
    if (this.link?.takeChanged()) this.#keep();
    this.#stopped = true;
    this.meetings?.stop();
    this.cancelRehearsal();
    this.dropLink();
    this.client.stop();
  }

  // What RelayClient tells.

  abstract welcome(epoch: string, limits: RateLimits): void | Promise<void>;
  abstract reply(reply: Reply): void | Promise<void>;

  envelope(envelope: Envelope): void | Promise<void> {
    const { link } = this;
    if (link && sameLink(envelope.link, link.linkId)) return link.envelope(envelope);
  }

  drained(): void {
    this.link?.drained();
  }

  mayMove(): boolean {
    const { link } = this;
    return link ? link.attached && link.connected : this.mayMoveWithoutLink();
  }

  /** Whether what is said to the relay so far can be said again, on another pipe. */
  protected abstract mayMoveWithoutLink(): boolean;

  lost(closeCode: number): void {
    this.meetings?.lost();
    if (mayComeBack(closeCode)) return this.link?.lost();
    this.meeting = undefined;
    this.ended(this.#endingOf(closeCode));
  }

  unspeakable(): void {
    this.meeting = undefined;
    this.ended('version');
  }

  #endingOf(closeCode: number): Ending {
    switch (closeCode) {
      case RelayCloseCode.replaced:
        return this.link?.connected ? 'replaced' : 'crowded';
      case RelayCloseCode.tooMany:
        return 'too-many';
      case RelayCloseCode.tooLarge:
        return 'too-large';
      default:
        return 'bad-request';
    }
  }

  // What PairedLink tells.

  abstract introduced(envelope: Envelope): void | Promise<void>;

  introduce(): void {
    this.#introductions.ask();
  }

  protected abstract repeatIntroduction(): void;

  connected(): void {
    this.#cancelUnconfirmed?.();
    this.#keep();
    this.#tellState();
  }

  abstract createRenewal(
    finals: () => FinalsPosition | undefined,
    parts: KeyRenewalParts,
  ): KeyRenewal;

  renewed(peer: Hello | Answer): void {
    this.peer = knownPeer(peer);
    this.remembering?.renewed();
    if (this.meeting !== undefined) this.#metAgain(this.meeting);
    this.#keep();
  }

  #metAgain({ id, generation }: Meeting): void {
    this.meeting = undefined;
    this.#cancelUnconfirmed?.();
    this.remembering?.met(id, generation);
    // The phone is the one that has the keys last, so it is the one that can be ahead (§16.2).
    if (this.#side === 'phone') this.remembering?.usedUp();
    this.meetings?.giveUp();
  }

  confirmed(): void {
    this.remembering?.usedUp();
  }

  peerRemembers(wanted: boolean): void {
    this.remembering?.heard(wanted);
  }

  ended(reason: Ending): void {
    this.ending = reason;
    this.#resume.forget();
    this.dropLink();
    this.client.stop();
  }

  // For the subclasses.

  protected dropLink(): void {
    this.#introductions.reset();
    this.#cancelUnconfirmed?.();
    this.meeting = undefined;
    this.link?.stop();
    this.link = undefined;
  }

  protected get linkParts(): PairedLinkParts {
    return { client: this.client, environment: this.environment, suite: this.suite, host: this };
  }

  /** What a life of this end before has left. */
  protected loadState(): ResumeState | undefined {
    return this.#resume.load();
  }

  /** Takes up the link of a life before, with keys that are to be agreed on anew. */
  protected async restore(state: ResumeState): Promise<void> {
    const { side, linkId, token, epoch, secrets, peer, conversation } = state;
    const link = new PairedLink({ side, linkId, token, epoch }, this.linkParts);
    this.cancelRehearsal();
    this.link = link;
    link.setOwnPresence(this.#ownPresence);
    this.peer = peer;
    this.remembering?.restore(state.remembering);
    await link.restore(secrets, conversation, this.events, this.conversationOptions);
    this.client.start();
  }

  protected get conversationOptions(): ConversationOptions {
    const { liveIntervalMs, takesSecrets, remembered } = this;
    const { textBytes } = this.peer;
    return { liveIntervalMs, takesSecrets, textBytes, remembers: remembered !== undefined };
  }

  /** Begins a link with an end that remembers this one: seats are taken, keys are to be agreed on. */
  protected async beginMeeting(meeting: Meeting): Promise<void> {
    const { linkId, seat, secret, name, textBytes, presence } = meeting;
    if (seat === undefined) return;
    this.meetings?.take(meeting);
    const link = new PairedLink({ side: this.#side, linkId, ...seat }, this.linkParts);
    this.cancelRehearsal();
    this.meeting = meeting;
    this.link = link;
    this.peer = { ...NOBODY, name, textBytes, resumes: true };
    link.setOwnPresence(this.#ownPresence);
    await link.restore([secret], EMPTY_CONVERSATION, this.events, this.conversationOptions);
    this.#cancelUnconfirmed = this.environment.setTimer(MEETING_LIFE_MS, () => link.end('expired'));
    link.met(this.limits, presence);
  }

  #keep(): void {
    if (this.link) this.#resume.keep(this.link, this.peer, this.remembering?.keep());
  }

  protected useLink(link: PairedLink): void {
    this.cancelRehearsal();
    this.link = link;
    link.setOwnPresence(this.#ownPresence);
    this.#introductions.reset();
    this.#cancelUnconfirmed = this.environment.setTimer(UNCONFIRMED_LIFE_MS, () =>
      link.end('expired'),
    );
  }

  protected endLink(reason: EndReason): void {
    this.link?.end(reason);
  }

  protected describeLink(): ConnectedState | EndedState | undefined {
    if (this.ending !== undefined) return { phase: 'ended', reason: this.ending };
    if (!this.link?.connected || this.meeting !== undefined) return undefined;
    const remember = this.remembering?.state;
    return {
      phase: 'connected',
      peerName: this.peer.name,
      peerSecure: this.peer.secure,
      peerTakesSecrets: this.peer.secrets,
      ...(remember !== undefined && { remember }),
      ...(remember === 'on' && this.remembering?.id && { rememberedId: this.remembering.id }),
      presence: this.link.presence,
      online: this.link.online,
      unsent: this.link.conversation?.unsent ?? 0,
    };
  }

  /** Runs after everything before it; then what may be sent is sent, and a changed state is told. */
  enqueue(task: () => void | Promise<void>): void {
    this.#queue.add(async () => {
      if (this.#stopped) return;
      await task();
      // What came is kept before it is acknowledged, what is said before it leaves.
      if (this.link?.takeChanged()) this.#keep();
      await this.link?.flush();
      this.#tellState();
    });
  }

  #tellState(): void {
    if (this.#stopped) return;
    const state = this.state;
    // A count-down changes all the time; it is news only together with something else.
    const told = JSON.stringify({ ...state, expiresInMs: undefined });
    if (told === this.#toldState) return;
    this.#toldState = told;
    this.events.state(Object.freeze(state));
  }

  #setTimer(environment: Environment, delayMs: number, run: () => void): () => void {
    let cancelled = false;
    const cancel = environment.setTimer(delayMs, () => {
      this.enqueue(() => (cancelled ? undefined : run()));
    });
    return () => {
      cancelled = true;
      cancel();
    };
  }
}

/** What an introduction says of the other end. */
export function knownPeer(peer: Hello | Answer): KnownPeer {
  return {
    name: 'label' in peer ? peer.label : peer.name,
    secure: peer.secure === true,
    secrets: peer.secrets === true,
    resumes: peer.resumes === true,
    remembers: peer.remembers === true,
    textBytes: 'limits' in peer ? peer.limits.textBytes : MAX_TEXT_BYTES,
  };
}

function sameLink(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, i) => byte === b[i]);
}
