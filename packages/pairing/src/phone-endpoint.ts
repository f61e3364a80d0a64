import type { ConnectedState, EndedState } from './endpoint.ts';
import type { PhoneOptions } from './options.ts';
import type { FieldState } from './text-field.ts';

export type PhoneState =
  /** Nothing is bound yet. `ageMs`: how long ago the page showed the code, once `visit` was answered. */
  | { phase: 'idle'; ageMs?: number }
  | { phase: 'connecting' }
  | {
      phase: 'confirm';
      pageLabel: string;
      /** To be shown here and chosen or typed on the page; with `lookChoices`, only after these. */
      number: number;
      /** Policy `both`: pick the number that the page shows, with `chooseLook`. Gone once picked. */
      lookChoices?: number[];
    }
  | ConnectedState
  | EndedState;

/** The phone's end of a link. */
export class PhoneEndpoint {
  #state: PhoneState = { phase: 'idle' };

  /** @throws TypeError when `guid` is none */
  constructor(options: PhoneOptions) {
    void options;
  }

  get state(): PhoneState {
    return this.#state;
  }

  /** The phone page was loaded: tells the page so and asks for the code's age. Binds nothing. */
  visit(): void {}

  /** The person tapped: takes the phone's seat. */
  claim(): void {}

  /** Policy `both`: the number that the page shows; null: none of these, which ends the link. */
  chooseLook(number: number | null): void {
    void number;
  }

  /** See PageEndpoint.setField. */
  setField(field: FieldState): void {
    void field;
  }

  /** See PageEndpoint.sendMessage. */
  sendMessage(text: string): string {
    return text;
  }

  /** See PageEndpoint.markShown. */
  markShown(id: string): void {
    void id;
  }

  /** See PageEndpoint.disconnect. */
  disconnect(): void {}

  /** See PageEndpoint.stop. */
  stop(): void {}
}
