/**
 * What the two people say: live fields, finished texts, and what became of them.
 * docs/protocol/pairing.md §9.
 *
 * Live states are worth sending only while they are the newest, so they wait unsealed and replace
 * each other; finished texts queue. Before both sides have accepted, nothing of either is sealed.
 */
import { concatBytes } from './bytes.ts';
import {
  decodeEdits,
  encodeEdit,
  MAX_TEXT_BYTES,
  type Edit,
  type FinalEdit,
  type SecretEdit,
} from './edit.ts';
import type { TextEvents } from './endpoint.ts';
import type { Environment } from './environment.ts';
import { QueueFullError } from './errors.ts';
import { MAX_RECORD_BODY_BYTES, SECRET_BUCKET_BYTES } from './record.ts';
import type { RecordExchange } from './record-exchange.ts';
import { checkText, EMPTY_FIELD, FieldReader, FieldWriter, type FieldState } from './text-field.ts';

/** With that much unacknowledged, a live state waits: it would only arrive old. */
const LIVE_BACKLOG_RECORDS = 8;
const LIVE_BACKLOG_BYTES = 32_768;
const MAX_QUEUED_MESSAGES = 10_000;
const MAX_QUEUED_UNITS = 4 * 1_048_576;
/** Own messages whose `shown` is still awaited; older ones are no longer told about. */
const MAX_AWAITING_SHOWN = 1000;
/** The other side's messages that may be marked at once. */
const MAX_PENDING_SHOWN = 1000;

export interface ConversationHost {
  /** The other side has accepted. */
  peerAccepted(): void;
  /** What came is authentic and yet not what the protocol allows. */
  broken(): void;
}

export interface ConversationOptions {
  liveIntervalMs: number;
  /** The longest text that the other side takes. */
  textBytes: number;
  /** Whether this side has said that it takes secrets. */
  takesSecrets: boolean;
}

type Exchange = Pick<RecordExchange, 'isReady' | 'send' | 'unackedBytes' | 'unackedRecords'>;

export class Conversation {
  readonly #exchange: Exchange;
  readonly #environment: Environment;
  readonly #events: TextEvents;
  readonly #host: ConversationHost;
  readonly #liveIntervalMs: number;
  readonly #textBytes: number;
  readonly #takesSecrets: boolean;
  readonly #writer: FieldWriter;
  readonly #reader = new FieldReader();

  #acceptPending = false;
  #open = false;

  #finals: (FinalEdit | SecretEdit)[] = [];
  #queuedUnits = 0;
  #lastId = 0;
  #lastSentId = 0;
  /** Which record carried the finals up to which id. */
  #carried: { n: number; lastId: number }[] = [];
  readonly #awaitingShown = new Set<number>();

  #lastReceivedId = 0;
  readonly #pendingShown = new Set<number>();

  #stateSentAtMs = Number.NEGATIVE_INFINITY;
  #cancelTick: (() => void) | undefined;

  constructor(
    exchange: Exchange,
    environment: Environment,
    events: TextEvents,
    host: ConversationHost,
    { liveIntervalMs, textBytes, takesSecrets }: ConversationOptions,
  ) {
    this.#exchange = exchange;
    this.#environment = environment;
    this.#events = events;
    this.#host = host;
    this.#liveIntervalMs = liveIntervalMs;
    this.#textBytes = Math.min(textBytes, MAX_TEXT_BYTES);
    this.#takesSecrets = takesSecrets;
    this.#writer = new FieldWriter(this.#textBytes);
  }

  /** Own messages not known to be on the other device. */
  get unsent(): number {
    return this.#lastId - this.#lastSentId;
  }

  /** Tells the other side that it is accepted. */
  accept(): void {
    this.#acceptPending = true;
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
    const checked = checkText(text, this.#textBytes);
    if (
      this.#finals.length >= MAX_QUEUED_MESSAGES ||
      this.#queuedUnits + checked.length > MAX_QUEUED_UNITS
    ) {
      throw new QueueFullError('too much is waiting for the other side');
    }
    this.#lastId += 1;
    this.#finals.push({ type, id: this.#lastId, text: checked });
    this.#queuedUnits += checked.length;
    return String(this.#lastId);
  }

  markShown(id: string): void {
    const number = Number(id);
    const known = Number.isInteger(number) && number >= 1 && number <= this.#lastReceivedId;
    if (known && this.#pendingShown.size < MAX_PENDING_SHOWN) this.#pendingShown.add(number);
  }

  /** Seals and sends what may go now. Calls must not overlap. */
  async flush(): Promise<void> {
    while (this.#hasSomethingToSay && this.#exchange.isReady()) {
      const { body, lastId, secret } = this.#compose();
      if (body.length === 0) return;
      // The record's number is known before anything can come back for it.
      const n = await this.#exchange.send(body, secret ? SECRET_BUCKET_BYTES : 0);
      if (lastId > 0) this.#carried.push({ n, lastId });
    }
  }

  get #hasSomethingToSay(): boolean {
    const text = this.#finals.length > 0 || this.#pendingShown.size > 0 || this.#writer.changed;
    return this.#acceptPending || (this.#open && text);
  }

  /** Joins as many edits as fit into one record and takes them from the queues. */
  #compose(): { body: Uint8Array; lastId: number; secret: boolean } {
    const parts: Uint8Array[] = [];
    let room = MAX_RECORD_BODY_BYTES;
    let lastId = 0;
    let secret = false;
    const add = (edit: Edit): boolean => {
      const bytes = encodeEdit(edit);
      if (bytes.length > room) return false;
      parts.push(bytes);
      room -= bytes.length;
      return true;
    };
    if (this.#acceptPending && add({ type: 'accept' })) this.#acceptPending = false;
    if (this.#open) {
      const left = this.#finals.findIndex((final) => !add(final));
      for (const { type, id, text } of this.#finals.splice(0, left < 0 ? Infinity : left)) {
        this.#queuedUnits -= text.length;
        lastId = id;
        secret ||= type === 'secret';
      }
      for (const id of this.#pendingShown) {
        if (!add({ type: 'shown', id })) break;
        this.#pendingShown.delete(id);
      }
      if (this.#finals.length === 0 && this.#writer.longestEditBytes <= room && this.#stateDue()) {
        add(this.#writer.takeEdit());
        this.#stateSentAtMs = this.#environment.nowMs();
      }
    }
    return { body: concatBytes(...parts), lastId, secret };
  }

  /** Whether the live field should be told now; when only its tick has not come, a timer is set. */
  #stateDue(): boolean {
    const { unackedRecords, unackedBytes } = this.#exchange;
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
      while (this.#lastSentId < lastId) {
        this.#lastSentId += 1;
        this.#awaitingShown.add(this.#lastSentId);
        this.#awaitingShown.delete(this.#lastSentId - MAX_AWAITING_SHOWN);
        this.#events.delivery?.(Object.freeze({ id: String(this.#lastSentId), status: 'sent' }));
      }
    }
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
        if (!this.#counts(edit.id)) return false;
        if (this.#reader.empty()) this.#events.field?.(EMPTY_FIELD);
        this.#events.message?.(Object.freeze({ id: String(edit.id), text: edit.text }));
        return true;
      case 'secret':
        if (!this.#takesSecrets || !this.#counts(edit.id)) return false;
        if (edit.text !== '') {
          this.#events.secret?.(Object.freeze({ id: String(edit.id), text: edit.text }));
        }
        return true;
      case 'shown':
        if (this.#awaitingShown.delete(edit.id)) {
          this.#events.delivery?.(Object.freeze({ id: String(edit.id), status: 'shown' }));
        }
        return true;
    }
  }

  /** @returns whether that is the next id, which it then is no more. */
  #counts(id: number): boolean {
    if (id !== this.#lastReceivedId + 1) return false;
    this.#lastReceivedId = id;
    return true;
  }
}
