/**
 * The `on…` attributes of an event target, as HTML defines event handler IDL attributes: setting
 * one to another function keeps its place among the listeners, null takes the place away.
 *
 * https://html.spec.whatwg.org/multipage/webappapis.html#event-handler-idl-attributes
 */

interface Slot {
  callback: object;
  readonly listener: (event: Event) => void;
}

export class EventCallbacks {
  readonly #target: EventTarget;
  readonly #slots = new Map<string, Slot>();

  constructor(target: EventTarget) {
    this.#target = target;
  }

  get(type: string): object | null {
    return this.#slots.get(type)?.callback ?? null;
  }

  /** Anything but an object counts as null; an object that cannot be called is kept and ignored. */
  set(type: string, callback: unknown): void {
    const slot = this.#slots.get(type);
    if ((typeof callback !== 'object' && typeof callback !== 'function') || callback === null) {
      if (slot === undefined) return;
      this.#target.removeEventListener(type, slot.listener);
      this.#slots.delete(type);
    } else if (slot !== undefined) {
      slot.callback = callback;
    } else {
      this.#add(type, callback);
    }
  }

  #add(type: string, callback: object): void {
    const slot: Slot = {
      callback,
      listener: (event) => {
        if (typeof slot.callback !== 'function') return;
        const result: unknown = slot.callback.call(this.#target, event);
        if (result === false) event.preventDefault();
      },
    };
    this.#slots.set(type, slot);
    this.#target.addEventListener(type, slot.listener);
  }
}
