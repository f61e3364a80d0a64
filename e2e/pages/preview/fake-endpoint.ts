import {
  EMPTY_FIELD,
  TextTooLongError,
  type EndpointEvents,
  type FieldState,
  type PageState,
  type PhoneState,
} from '@pairwire/pairing';
import type { ComputerEndpoint } from '../../../packages/web/src/computer/computer-page.ts';
import type { PhonePageEndpoint } from '../../../packages/web/src/phone/phone-page.ts';

/** Something the page did to its endpoint. */
export interface Call {
  name: string;
  argument?: unknown;
}

/**
 * An endpoint with nobody behind it: it takes down what the page does, and a test says what
 * happens. So every state of a page can be looked at, also those that are hard to come by.
 */
export class FakeEndpoint<State extends PageState | PhoneState>
  implements ComputerEndpoint, PhonePageEndpoint
{
  readonly calls: Call[] = [];
  readonly events: EndpointEvents<State>;
  /** As if every text were too long. */
  refuseTexts = false;
  #state: State;
  #sent = 0;

  constructor(events: EndpointEvents<State>, state: State) {
    this.events = events;
    this.#state = state;
  }

  // Both kinds of page read it as their own kind of state; a test tells each only those.
  get state(): never {
    return this.#state as never;
  }

  tell(state: State): void {
    this.#state = state;
    this.events.state?.(state);
  }

  sendMessage(text: string): string {
    if (this.refuseTexts) throw new TextTooLongError(65_536);
    this.#take('sendMessage', text);
    this.#sent += 1;
    return String(this.#sent);
  }

  meet(id: string): boolean {
    this.#take('meet', id);
    this.#state = { phase: 'connecting' } as State;
    return true;
  }

  sendSecret(text: string): string {
    this.#take('sendSecret', text);
    this.#sent += 1;
    return String(this.#sent);
  }

  readonly field = EMPTY_FIELD;
  readonly resume = () => false;
  // Told on every suspicion, which is nobody's action.
  readonly wake = () => {};
  readonly setVisible = () => {};
  readonly start = () => this.#take('start');
  readonly stop = () => this.#take('stop');
  readonly newCode = () => this.#take('newCode');
  readonly visit = () => this.#take('visit');
  readonly claim = () => this.#take('claim');
  readonly remember = (wanted: boolean) => this.#take('remember', wanted);
  readonly forget = (id: string) => this.#take('forget', id);
  readonly disconnect = () => this.#take('disconnect');
  readonly choose = (number: number | null) => this.#take('choose', number);
  readonly chooseLook = (number: number | null) => this.#take('chooseLook', number);
  readonly setField = (field: FieldState) => this.#take('setField', field);
  readonly markShown = (id: string) => this.#take('markShown', id);

  #take(name: string, argument?: unknown): void {
    this.calls.push(argument === undefined ? { name } : { name, argument });
  }
}
