import {
  EMPTY_FIELD,
  type Delivery,
  type FieldState,
  type IncomingMessage,
  type MessageStatus,
  type TextEvents,
} from '@pairwire/pairing';

export interface Entry {
  direction: 'in' | 'out';
  /** Counts within its direction. */
  id: string;
  /** Of a secret: empty on the side that sent it, and once it is no longer kept. */
  text: string;
  secret: boolean;
  /** When it was sent or came, by this device's clock; milliseconds since 1970. */
  atMs: number;
  /** Own messages only. */
  status: MessageStatus | undefined;
  /** Has been on this screen; own messages are from the start. */
  seen: boolean;
}

/** What a view of the conversation is told. */
export interface ConversationView {
  added(entry: Entry): void;
  statusChanged(entry: Entry): void;
  /** A secret is no longer kept. */
  forgotten(entry: Entry): void;
  /** The oldest entry was dropped. */
  dropped(entry: Entry): void;
  remoteFieldChanged(field: FieldState): void;
}

/** The other side may send without end; this much is kept on the page. */
export const MAX_ENTRIES = 500;
export const MAX_KEPT_LETTERS = 2_000_000;

/**
 * What was said over one link, and what is being typed on both sides. It outlives the views, which
 * are built anew when the language is switched.
 */
export class Conversation {
  readonly #entries: Entry[] = [];
  #letters = 0;
  #remoteField: FieldState = EMPTY_FIELD;
  #view: ConversationView | undefined;
  /** The own text field's content while no view is up. */
  draft = '';
  /** Set when the oldest messages were let go. */
  shortened = false;
  readonly #keep: (entries: readonly Entry[]) => void;

  /** @param keep - told of the entries whenever they have changed */
  constructor(keep: (entries: readonly Entry[]) => void = () => {}) {
    this.#keep = keep;
  }

  /** Takes up what was said in a life of the page before. To be called first. */
  restore(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.#entries.push({ ...entry });
      this.#letters += entry.text.length;
    }
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  get remoteField(): FieldState {
    return this.#remoteField;
  }

  /** The view to tell from now on; it reads by itself what is there already. */
  attach(view: ConversationView | undefined): void {
    this.#view = view;
  }

  addOwn(id: string, text: string, atMs: number, secret = false): void {
    this.#add({ direction: 'out', id, text, secret, atMs, status: 'queued', seen: true });
  }

  addIncoming({ id, text }: IncomingMessage, atMs: number, secret = false): void {
    // The page went away between keeping it and saying so: it is told again.
    if (this.#entries.some((each) => each.direction === 'in' && each.id === id)) return;
    this.#add({ direction: 'in', id, text, secret, atMs, status: undefined, seen: false });
  }

  /** Lets the text of a secret go: nothing here holds it any longer. */
  forget(entry: Entry): void {
    if (!entry.secret || entry.text === '') return;
    this.#letters -= entry.text.length;
    entry.text = '';
    this.#view?.forgotten(entry);
  }

  forgetSecrets(): void {
    for (const entry of this.#entries) this.forget(entry);
  }

  setDelivery({ id, status }: Delivery): void {
    const entry = this.#entries.findLast((each) => each.direction === 'out' && each.id === id);
    if (entry === undefined || entry.status === status) return;
    entry.status = status;
    this.#view?.statusChanged(entry);
    this.#keep(this.#entries);
  }

  setRemoteField(field: FieldState): void {
    this.#remoteField = field;
    this.#view?.remoteFieldChanged(field);
  }

  #add(entry: Entry): void {
    this.#entries.push(entry);
    this.#letters += entry.text.length;
    this.#view?.added(entry);
    while (
      this.#entries.length > MAX_ENTRIES ||
      (this.#letters > MAX_KEPT_LETTERS && this.#entries.length > 1)
    ) {
      const oldest = this.#entries.shift();
      if (oldest === undefined) break;
      this.#letters -= oldest.text.length;
      this.shortened = true;
      this.#view?.dropped(oldest);
    }
    this.#keep(this.#entries);
  }
}

/** What an endpoint tells of text goes into the conversation that is the current one then. */
export function tellConversation(current: () => Conversation): Required<TextEvents> {
  return {
    field: (field) => current().setRemoteField(field),
    message: (message) => current().addIncoming(message, Date.now()),
    secret: (message) => current().addIncoming(message, Date.now(), true),
    delivery: (delivery) => current().setDelivery(delivery),
  };
}
