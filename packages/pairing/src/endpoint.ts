import type { RememberState } from './remembering.ts';
import type { EndReason, Presence, Refusal } from './rendezvous.ts';
import type { FieldState } from './text-field.ts';

/**
 * How the two people make sure that they hold both ends of the same link:
 * `match`: the phone shows a number, the page's user picks it among three. `both`: before that,
 * the page shows another one, picked on the phone. `type`: the page's user types it. `tap`: no
 * number at all (localhost, tests).
 */
export const CONFIRM_POLICIES = ['match', 'both', 'type', 'tap'] as const;
export type ConfirmPolicy = (typeof CONFIRM_POLICIES)[number];

/** queued: not yet known to have arrived. sent: on the other device (✓). shown: somebody could read it (✓✓). */
export type MessageStatus = 'queued' | 'sent' | 'shown';

/** A finished text from the other side. `id` counts in that direction only. */
export interface IncomingMessage {
  id: string;
  text: string;
}

export interface Delivery {
  id: string;
  status: MessageStatus;
}

/**
 * Why it is over: the relay's or the other side's reason, or one of this end's own. `offline`: no
 * relay could be reached. `replaced`: another window or device goes on in this end's place.
 * `lost`: what was kept over a reload does not fit the link any more.
 */
export type Ending = EndReason | Refusal | 'offline' | 'replaced' | 'lost';

export interface ConnectedState {
  phase: 'connected';
  peerName: string;
  /**
   * The other side says that it runs in a secure context or is a native program. Its own word:
   * somebody who replaced its page on the way can say so, too (docs/topics/attacks.md).
   */
  peerSecure: boolean;
  /** Whether `sendSecret` may be used. */
  peerTakesSecrets: boolean;
  /** Whether the two ends remember each other: `remember` changes it. Absent when this end has no `remembered`. */
  remember?: RememberState;
  /** By what `remembered` of this end's options knows the other one; absent unless `remember` is `on`. */
  rememberedId?: string;
  /** The other side, as the relay tells it. */
  presence: Presence;
  /** Whether this side has its pipe to the relay. */
  online: boolean;
  /** Own messages not yet on the other device. */
  unsent: number;
}

export interface EndedState {
  phase: 'ended';
  reason: Ending;
}

/** What is told of text. */
export interface TextEvents {
  /** The other side's live field changed. */
  field?(field: FieldState): void;
  /** A finished text came: each one once, in order. Answer with `markShown(id)` when it is on the screen. */
  message?(message: IncomingMessage): void;
  /**
   * A secret came (`sendSecret`): once, in order with the messages. Do not show it unasked, do not
   * keep it longer than needed, and `markShown` it when it was revealed or copied. The other side
   * may send secrets only when there is this callback.
   */
  secret?(message: IncomingMessage): void;
  /** What became of an own message. */
  delivery?(delivery: Delivery): void;
}

/**
 * One object for everything an endpoint tells. Called with frozen values, never during a call into
 * the endpoint. What a callback throws becomes an uncaught error and changes nothing else.
 */
export interface EndpointEvents<State> extends TextEvents {
  state?(state: State): void;
}
