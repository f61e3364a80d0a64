import type { ConfirmPolicy, ConnectedState, EndedState } from './endpoint.ts';
import type { PageOptions } from './options.ts';
import type { FieldState } from './text-field.ts';

export type PageState =
  | { phase: 'connecting' }
  /** A code to show. `opened`: a phone has loaded it, nothing more. `expiresInMs` counts from the event. */
  | { phase: 'waiting'; guid: string; expiresInMs: number; opened: boolean }
  /** Enough codes were shown; `newCode` goes on. */
  | { phase: 'paused' }
  | {
      phase: 'claimed';
      /** Absent until the phone has proved that it knows the GUID. */
      phoneName?: string;
      confirm: ConfirmPolicy;
      /** The three numbers to choose from; empty until then, and when the number is typed. */
      choices: number[];
      /** To be shown here and picked on the phone (policy `both`). */
      look?: number;
    }
  | ConnectedState
  | EndedState;

/** The computer's end of a link: shows codes, answers one phone, types to and fro with it. */
export class PageEndpoint {
  #state: PageState = { phase: 'connecting' };

  constructor(options: PageOptions) {
    void options;
  }

  get state(): PageState {
    return this.#state;
  }

  /** Opens the pipe and shows the first code. */
  start(): void {}

  /** Ends whatever there is and shows a fresh code. */
  newCode(): void {}

  /** The number that the phone shows, chosen or typed; null: none of these, which ends the link. */
  choose(number: number | null): void {
    void number;
  }

  /**
   * The own live field as it is now. Outside `connected` it is ignored.
   * @throws TextTooLongError
   */
  setField(field: FieldState): void {
    void field;
  }

  /**
   * Sends a finished text and empties the own live field.
   * @returns its id, which `delivery` will name.
   * @throws TextTooLongError, QueueFullError, InvalidStateError outside `connected`
   */
  sendMessage(text: string): string {
    return text;
  }

  /** Tells the other side that its message is on the screen. Unknown ids are ignored. */
  markShown(id: string): void {
    void id;
  }

  /** Ends the link for both sides. */
  disconnect(): void {}

  /** Lets go of pipe and timers without ending the link. Nothing is told afterwards. */
  stop(): void {}
}
