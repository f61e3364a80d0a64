/** One full view of a page. It is built once and told every state it is there for. */
export interface Screen<State> {
  readonly element: HTMLElement;
  update(state: State): void;
  /** Called when the view has come up and has a size. */
  attached?(): void;
  /** Where the keyboard and the screen reader go when the view comes up. */
  focus?(): void;
  /** Called when the view is taken away: stop timers and listeners. */
  dispose?(): void;
}

export type CreateScreen<State> = () => Screen<State>;

/** Holds the view that is up, and swaps it when another kind of view is asked for. */
export class ScreenSlot {
  readonly #parent: HTMLElement;
  #create: CreateScreen<never> | undefined;
  #screen: Screen<never> | undefined;

  constructor(parent: HTMLElement) {
    this.#parent = parent;
  }

  /**
   * Shows the view that `create` makes, building it unless it is up already.
   *
   * @param create - the same function object each time for the same kind of view
   */
  show<State>(create: CreateScreen<State>, state: State): void {
    if (this.#create === create) {
      // It was made by this very `create`, so it takes this kind of state.
      (this.#screen as Screen<State>).update(state);
      return;
    }
    const first = this.#screen === undefined;
    this.#screen?.dispose?.();
    const screen = create();
    this.#create = create;
    this.#screen = screen;
    screen.update(state);
    this.#parent.replaceChildren(screen.element);
    screen.attached?.();
    // The page's first view leaves the focus where the browser put it.
    if (!first) screen.focus?.();
  }

  /** Forgets the view, so that the next `show` builds it anew: the words have changed. */
  clear(): void {
    this.#screen?.dispose?.();
    this.#create = undefined;
    this.#screen = undefined;
  }
}
