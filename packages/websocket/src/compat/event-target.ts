/**
 * `addEventListener` and the `on…` attributes on top of an `EventEmitter`. Not Node's `EventTarget`:
 * both kinds of listener share one list, so that `listeners()`, `once` and the order agree.
 */
import type { EventEmitter } from 'node:events';

export interface EventInit {
  readonly target: object;
}

/** An event as `ws` hands it to listeners: `type` and `target`, enumerable, on the prototype. */
class Event {
  readonly #type: string;
  readonly #target: object;

  constructor(type: string, { target }: EventInit) {
    this.#type = type;
    this.#target = target;
  }

  get type(): string {
    return this.#type;
  }

  get target(): object {
    return this.#target;
  }

  static {
    makeEnumerable(this.prototype, ['type', 'target']);
  }
}

class CloseEvent extends Event {
  readonly #init: { readonly code: number; readonly reason: string; readonly wasClean: boolean };

  constructor(init: EventInit & { code: number; reason: string; wasClean: boolean }) {
    super('close', init);
    this.#init = init;
  }

  get code(): number {
    return this.#init.code;
  }

  get reason(): string {
    return this.#init.reason;
  }

  get wasClean(): boolean {
    return this.#init.wasClean;
  }

  static {
    makeEnumerable(this.prototype, ['code', 'reason', 'wasClean']);
  }
}

class ErrorEvent extends Event {
  readonly #error: Error;

  constructor(init: EventInit & { error: Error }) {
    super('error', init);
    this.#error = init.error;
  }

  get error(): Error {
    return this.#error;
  }

  get message(): string {
    return this.#error.message;
  }

  static {
    makeEnumerable(this.prototype, ['error', 'message']);
  }
}

class MessageEvent extends Event {
  readonly #data: unknown;

  constructor(init: EventInit & { data: unknown }) {
    super('message', init);
    this.#data = init.data;
  }

  get data(): unknown {
    return this.#data;
  }

  static {
    makeEnumerable(this.prototype, ['data']);
  }
}

export const EVENT_TYPES = ['open', 'message', 'error', 'close'] as const;

type EventType = (typeof EVENT_TYPES)[number];

/** The emitter whose events these are. */
export interface EventSource extends EventEmitter {
  readonly wasClean: boolean;
}

type Callback = ((event: Event) => unknown) | { handleEvent(event: Event): unknown };

/** What stands behind a listener that this module added. */
interface Wrapped {
  readonly callback: Callback;
  /** It was set through an `on…` attribute. */
  readonly isAttribute: boolean;
}

const wrapped = new WeakMap<object, Wrapped>();

export function addListener(
  source: EventSource,
  type: string,
  callback: Callback,
  { once = false, isAttribute = false } = {},
): void {
  if (!isEventType(type)) return;
  if (!isAttribute && find(source, type, callback) !== undefined) return;
  const listener = (...values: unknown[]): void => {
    const event = createEvent(source, type, values);
    if (typeof callback === 'function') callback.call(source, event);
    else callback.handleEvent(event);
  };
  wrapped.set(listener, { callback, isAttribute });
  if (once) source.once(type, listener);
  else source.on(type, listener);
}

export function removeListener(source: EventSource, type: string, callback: Callback): void {
  const listener = find(source, type, callback);
  if (listener !== undefined) source.removeListener(type, listener);
}

export function attributeOf(source: EventSource, type: EventType): Callback | null {
  const listener = attributeListener(source, type);
  return (listener && wrapped.get(listener)?.callback) ?? null;
}

/** Anything but a function takes the listener away. */
export function setAttribute(source: EventSource, type: EventType, callback: unknown): void {
  const listener = attributeListener(source, type);
  if (listener !== undefined) source.removeListener(type, listener);
  if (typeof callback !== 'function') return;
  addListener(source, type, callback as Callback, { isAttribute: true });
}

/** As `ws` declares its accessors: to be seen by `for … in`. */
export function makeEnumerable(prototype: object, names: readonly string[]): void {
  for (const name of names) Object.defineProperty(prototype, name, { enumerable: true });
}

type Listener = (...values: unknown[]) => void;

function find(source: EventSource, type: string, callback: Callback): Listener | undefined {
  return (source.listeners(type) as Listener[]).find((listener) => {
    const own = wrapped.get(listener);
    return own?.callback === callback && !own.isAttribute;
  });
}

function attributeListener(source: EventSource, type: string): Listener | undefined {
  return (source.listeners(type) as Listener[]).find(
    (listener) => wrapped.get(listener)?.isAttribute === true,
  );
}

function isEventType(type: string): type is EventType {
  return (EVENT_TYPES as readonly string[]).includes(type);
}

function createEvent(source: EventSource, type: EventType, values: unknown[]): Event {
  const init = { target: source };
  const [first, second] = values;
  switch (type) {
    case 'open':
      return new Event(type, init);
    case 'message':
      return new MessageEvent({ ...init, data: second === true ? first : String(first) });
    case 'error':
      return new ErrorEvent({ ...init, error: first as Error });
    case 'close':
      return new CloseEvent({
        ...init,
        code: first as number,
        reason: String(second),
        wasClean: source.wasClean,
      });
  }
}
