import type { Messages } from '../text/messages.en.ts';

/** What every view is given: its words, and a voice. */
export interface ViewContext {
  readonly texts: Messages;
  /** BCP 47, for times. */
  readonly locale: string;
  /** Tells people who cannot see the page. For changes that nobody at the keyboard caused. */
  announce(text: string): void;
}
