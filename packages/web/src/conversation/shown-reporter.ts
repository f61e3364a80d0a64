/** A sliver at the edge has been read by nobody: half of the message, or some three lines of it. */
const SHOWN_SHARE = 0.5;
const SHOWN_PX = 80;

/**
 * Finds out when an incoming message has really been on the screen: enough of it scrolled into
 * view, in a page that is visible. Only then does the other side get its second tick.
 */
export class ShownReporter<Message> {
  readonly #onShown: (message: Message) => void;
  readonly #unseen = new Map<Element, Message>();
  /** Scrolled into view while the page itself was hidden. */
  readonly #inView = new Set<Element>();
  readonly #observer = new IntersectionObserver(
    (changes) => {
      for (const change of changes) {
        if (isShown(change)) this.#inView.add(change.target);
        else this.#inView.delete(change.target);
      }
      this.#report();
    },
    // Down to a few thousandths, which three lines may be of a long message.
    { threshold: Array.from({ length: 45 }, (_, step) => SHOWN_SHARE / 1.2 ** step) },
  );

  constructor(onShown: (message: Message) => void) {
    this.#onShown = onShown;
    document.addEventListener('visibilitychange', this.#report);
    // A page that comes back from the back-forward cache was hidden, whatever was said before.
    window.addEventListener('pageshow', this.#report);
  }

  /** How many messages nobody can have read yet. */
  get unread(): number {
    return this.#unseen.size;
  }

  watch(node: Element, message: Message): void {
    this.#unseen.set(node, message);
    this.#observer.observe(node);
  }

  stop(): void {
    this.#observer.disconnect();
    document.removeEventListener('visibilitychange', this.#report);
    window.removeEventListener('pageshow', this.#report);
  }

  readonly #report = (): void => {
    if (document.visibilityState !== 'visible') return;
    for (const node of this.#inView) {
      const message = this.#unseen.get(node);
      this.#inView.delete(node);
      this.#unseen.delete(node);
      this.#observer.unobserve(node);
      if (message !== undefined) this.#onShown(message);
    }
  };
}

function isShown({ intersectionRatio, intersectionRect }: IntersectionObserverEntry): boolean {
  return intersectionRatio >= SHOWN_SHARE || intersectionRect.height >= SHOWN_PX;
}
