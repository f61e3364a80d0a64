/**
 * What the two people say: live fields, finished texts, and what became of them.
 * docs/protocol/pairing.md §9.
 *
 * Live states are worth sending only while they are the newest, so they wait unsealed and replace
 * each other; finished texts queue. Before both sides have accepted, nothing of either is sealed.
 */
import { concatBytes } from './bytes.ts';
import { decodeEdits, encodeEdit, MAX_TEXT_BYTES, type Edit } from './edit.ts';
import type { Delivery, TextEvents } from './endpoint.ts';
import type { Environment } from './environment.ts';
import type { FinalsPosition } from './introduction.ts';
import { OwnFinals, type KeptFinals } from './own-finals.ts';
import { MAX_RECORD_BODY_BYTES, SECRET_BUCKET_BYTES } from './record.ts';
import type { RecordExchange } from './record-exchange.ts';
import { checkText, EMPTY_FIELD, FieldReader, FieldWriter, type FieldState } from './text-field.ts';

/** With that much unacknowledged, a live state waits: it would only arrive old. */
const LIVE_BACKLOG_RECORDS = 8;
const LIVE_BACKLOG_BYTES = 32_768;
/** The other side's messages that may be marked at once. */
const MAX_PENDING_SHOWN = 1000;

export interface ConversationHost {
  /** The other side has accepted. */
  peerAccepted(): void;
  /** The other side says whether it wants the two to remember each other. */
  peerRemembers(wanted: boolean): void;
  /** What came is authentic and yet not what the protocol allows. */
  broken(): void;
}

export interface ConversationOptions {
  liveIntervalMs: number;
  /** The longest text that the other side takes. */
  textBytes: number;
  /** Whether this side has said that it takes secrets. */
  takesSecrets: boolean;
  /** Whether this side has said that it can remember the other one. */
  remembers: boolean;
}

/** What is kept of a conversation over a reload. */
export interface KeptConversation {
  /** The newest id that came from the other side; 0: none. */
  received: number;
  finals: KeptFinals;
  /** The own live field. */
  field: FieldState;
}

/** Of two ends that meet again: keys are agreed on as after a reload, and nothing was said. */
export const EMPTY_CONVERSATION: KeptConversation = Object.freeze({
  received: 0,
  finals: { lastId: 0, lastKey: 0, unsent: [], awaitingShown: [] },
  field: EMPTY_FIELD,
});

/** What a record carried, until it is acknowledged. */
interface Carried {
  n: number;
  /** The newest final in it; 0: none. */
  lastId: number;
  shown: number[];
}

type Exchange = Pick<RecordExchange, 'isReady' | 'send' | 'unackedBytes' | 'unackedRecords'>;

export class Conversation {
  /** Absent while there are no keys. */
  #exchange: Exchange | undefined;
  readonly #environment: Environment;
  readonly #events: TextEvents;
  readonly #host: ConversationHost;
  readonly #liveIntervalMs: number;
  readonly #textBytes: number;
  readonly #takesSecrets: boolean;
  readonly #remembers: boolean;
  readonly #writer: FieldWriter;
  readonly #finals: OwnFinals;
  #reader = new FieldReader();

  #acceptPending = false;
  #rememberPending: boolean | undefined;
  #open = false;

  #carried: Carried[] = [];
  #lastReceivedId: number;
  readonly #pendingShown = new Set<number>();
  #changed = false;

  #stateSentAtMs = Number.NEGATIVE_INFINITY;
  #cancelTick: (() => void) | undefined;

  /** @param kept - from a life before; undefined for a new link */
  constructor(
    environment: Environment,
    events: TextEvents,
    host: ConversationHost,
    { liveIntervalMs, textBytes, takesSecrets, remembers }: ConversationOptions,
    kept?: KeptConversation,
  ) {
    this.#environment = environment;
    this.#events = events;
    this.#host = host;
    this.#liveIntervalMs = liveIntervalMs;
    this.#textBytes = Math.min(textBytes, MAX_TEXT_BYTES);
    this.#takesSecrets = takesSecrets;
    this.#remembers = remembers;
    this.#writer = new FieldWriter(this.#textBytes);
    this.#finals = new OwnFinals(kept?.finals);
    this.#lastReceivedId = kept?.received ?? 0;
    if (kept !== undefined) this.#writer.set(kept.field);
  }

  /** There are keys. */
  begin(exchange: Exchange): void {
    this.#exchange = exchange;
  }

  /**
   * There are new keys, and what was said under the old ones may be lost (§10.3): says once more
   * what the other side has not got.
   */
  restart(exchange: Exchange, { received, next }: FinalsPosition): void {
    this.#exchange = exchange;
    // Its texts were here in a life that this one has forgotten.
    this.#lastReceivedId = Math.max(this.#lastReceivedId, next - 1);
    for (const { shown } of this.#carried.splice(0)) {
      for (const id of shown) this.#pendingShown.add(id);
    }
    this.#writer.restart();
    if (this.#reader.empty()) this.#events.field?.(EMPTY_FIELD);
    this.#reader = new FieldReader();
    this.#acceptPending = true;
    this.#changed = true;
    this.#tell(this.#finals.restart(received));
  }

  /** What the other side has to know to go on under new keys. */
  get position(): FinalsPosition {
    return { received: this.#lastReceivedId, next: this.#finals.next };
  }

  /** The own live field. */
  get field(): FieldState {
    return this.#writer.field;
  }

  /** @returns whether there is something new to keep since the last call */
  takeChanged(): boolean {
    const changed = this.#changed;
    this.#changed = false;
    return changed;
  }

  keep(): KeptConversation {
    return {
      received: this.#lastReceivedId,
      finals: this.#finals.keep(),
      field: this.#writer.field,
    };
  }

  /** Own messages not known to be on the other device. */
  get unsent(): number {
    return this.#finals.unsent;
  }

  /** Tells the other side that it is accepted. */
  accept(): void {
    this.#acceptPending = true;
  }

  /** Tells the other side whether the two are to remember each other. */
  sayRemember(wanted: boolean): void {
    this.#rememberPending = wanted;
  }

  /** Both have accepted: text may flow. */
  open(): void {
    this.#open = true;
  }

  stop(): void {
    this.#cancelTick?.();
  }

  /** @throws TextTooLongError */
  setField(field: FieldState): void {
    this.#writer.set(field);
    this.#changed = true;
  }

  /** @throws TextTooLongError, QueueFullError */
  sendMessage(text: string): string {
    const id = this.#queueFinal('final', text);
    this.#writer.empty();
    return id;
  }

  /**
   * The live field stays as it is: the secret was never in it.
   *
   * @throws TypeError for an empty text, TextTooLongError, QueueFullError
   */
  sendSecret(text: string): string {
    if (text === '') throw new TypeError('text: expected at least one character');
    return this.#queueFinal('secret', text);
  }

  #queueFinal(type: 'final' | 'secret', text: string): string {
    const key = this.#finals.add(type, checkText(text, this.#textBytes));
    this.#changed = true;
    return key;
  }

  markShown(id: string): void {
    const number = Number(id);
    const known = Number.isInteger(number) && number >= 1 && number <= this.#lastReceivedId;
    if (known && this.#pendingShown.size < MAX_PENDING_SHOWN) this.#pendingShown.add(number);
  }

  /** Seals and sends what may go now. Calls must not overlap. */
  async flush(): Promise<void> {
    const exchange = this.#exchange;
    while (exchange && this.#hasSomethingToSay && exchange.isReady()) {
      const { body, lastId, secret, shown } = this.#compose(exchange);
      if (body.length === 0) return;
      // The record's number is known before anything can come back for it.
      const n = await exchange.send(body, secret ? SECRET_BUCKET_BYTES : 0);
      if (lastId > 0 || shown.length > 0) this.#carried.push({ n, lastId, shown });
    }
  }

  get #hasSomethingToSay(): boolean {
    const text = this.#finals.waiting || this.#pendingShown.size > 0 || this.#writer.changed;
    return this.#acceptPending || (this.#open && (text || this.#rememberPending !== undefined));
  }

  /** Joins as many edits as fit into one record and takes them from the queues. */
  #compose(exchange: Exchange): Omit<Carried, 'n'> & { body: Uint8Array; secret: boolean } {
    const parts: Uint8Array[] = [];
    const shown: number[] = [];
    let room = MAX_RECORD_BODY_BYTES;
    let taken = { lastId: 0, secret: false };
    const add = (edit: Edit): boolean => {
      const bytes = encodeEdit(edit);
      if (bytes.length > room) return false;
      parts.push(bytes);
      room -= bytes.length;
      return true;
    };
    if (this.#acceptPending && add({ type: 'accept' })) this.#acceptPending = false;
    if (this.#open) {
      const wanted = this.#rememberPending;
      if (wanted !== undefined && add({ type: 'remember', wanted })) {
        this.#rememberPending = undefined;
      }
      taken = this.#finals.take(add);
      for (const id of this.#pendingShown) {
        if (!add({ type: 'shown', id })) break;
        this.#pendingShown.delete(id);
        shown.push(id);
      }
      const fits = !this.#finals.waiting && this.#writer.longestEditBytes <= room;
      if (fits && this.#stateDue(exchange)) {
        add(this.#writer.takeEdit());
        this.#stateSentAtMs = this.#environment.nowMs();
      }
    }
    return { body: concatBytes(...parts), shown, ...taken };
  }

  /** Whether the live field should be told now; when only its tick has not come, a timer is set. */
  #stateDue({ unackedRecords, unackedBytes }: Exchange): boolean {
    if (!this.#writer.changed) return false;
    if (unackedRecords >= LIVE_BACKLOG_RECORDS || unackedBytes >= LIVE_BACKLOG_BYTES) return false;
    const waitMs = this.#stateSentAtMs + this.#liveIntervalMs - this.#environment.nowMs();
    if (waitMs <= 0 || waitMs > this.#liveIntervalMs) return true;
    this.#cancelTick ??= this.#environment.setTimer(waitMs, () => {
      this.#cancelTick = undefined;
    });
    return false;
  }

  /** The other side has every record before `next`. */
  acknowledged(next: number): void {
    while (this.#carried[0] && this.#carried[0].n < next) {
      const { lastId } = this.#carried[0];
      this.#carried.shift();
      if (lastId > 0) this.#tell(this.#finals.arrived(lastId));
      this.#changed = true;
    }
  }

  #tell(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) this.#events.delivery?.(Object.freeze(delivery));
  }

  /** A record's body, once and in order. */
  received(body: Uint8Array): void {
    const edits = decodeEdits(body);
    if (edits === undefined || !edits.every((edit) => this.#apply(edit))) this.#host.broken();
  }

  /** @returns false when the protocol does not allow it. */
  #apply(edit: Edit): boolean {
    if (edit.type === 'accept') {
      this.#host.peerAccepted();
      return true;
    }
    if (!this.#open) return false;
    switch (edit.type) {
      case 'state': {
        const field = this.#reader.apply(edit);
        if (field !== undefined) this.#events.field?.(field);
        return field !== undefined;
      }
      case 'final':
        if (this.#reader.empty()) this.#events.field?.(EMPTY_FIELD);
        return this.#once(edit.id, () => {
          this.#events.message?.(Object.freeze({ id: String(edit.id), text: edit.text }));
        });
      case 'secret':
        return (
          this.#takesSecrets &&
          this.#once(edit.id, () => {
            if (edit.text === '') return;
            this.#events.secret?.(Object.freeze({ id: String(edit.id), text: edit.text }));
          })
        );
      case 'shown': {
        const delivery = this.#finals.shown(edit.id);
        if (delivery !== undefined) this.#tell([delivery]);
        this.#changed = true;
        return true;
      }
      case 'remember':
        if (this.#remembers) this.#host.peerRemembers(edit.wanted);
        return this.#remembers;
    }
  }

  /** What comes once more after a change of keys is not told again. @returns false when ids are missing before it */
  #once(id: number, tell: () => void): boolean {
    if (id > this.#lastReceivedId + 1) return false;
    if (id <= this.#lastReceivedId) return true;
    this.#lastReceivedId = id;
    this.#changed = true;
    tell();
    return true;
  }
}
