/** A page and a phone with a relay between them, on one clock. */
import type { Delivery, EndpointEvents, IncomingMessage } from '../src/endpoint.ts';
import type { PageOptions, PhoneOptions } from '../src/options.ts';
import { PageEndpoint, type PageState } from '../src/page-endpoint.ts';
import { PhoneEndpoint, type PhoneState } from '../src/phone-endpoint.ts';
import type { ResumeStore } from '../src/resume-state.ts';
import { EMPTY_FIELD, type FieldState } from '../src/text-field.ts';
import { FakeClock, fakeEnvironment } from './fake-environment.ts';
import { FakeRelay } from './fake-relay.ts';

/** Everything that an endpoint told, in order of kind. */
class Told<State> implements EndpointEvents<State> {
  states: State[] = [];
  fields: FieldState[] = [];
  messages: IncomingMessage[] = [];
  secrets: IncomingMessage[] = [];
  deliveries: Delivery[] = [];

  state = (state: State): void => void this.states.push(state);
  field = (field: FieldState): void => void this.fields.push(field);
  message: (message: IncomingMessage) => void = (message) => void this.messages.push(message);
  secret: (message: IncomingMessage) => void = (message) => void this.secrets.push(message);
  delivery = (delivery: Delivery): void => void this.deliveries.push(delivery);
}

/** What outlives an endpoint. */
export class FakeStore implements ResumeStore {
  kept: string | undefined;
  saves = 0;

  load = (): string | undefined => this.kept;
  clear = (): void => void (this.kept = undefined);
  save = (state: string): void => {
    this.kept = state;
    this.saves += 1;
  };
}

export class FakePair {
  readonly pageStore = new FakeStore();
  readonly phoneStore = new FakeStore();
  readonly clock = new FakeClock();
  readonly relay = new FakeRelay(this.clock);
  readonly onPage = new Told<PageState>();
  readonly onPhone = new Told<PhoneState>();
  page: PageEndpoint;
  readonly #pageOptions: Partial<PageOptions>;
  #lives = 0;
  #phones = 0;

  constructor(options: Partial<PageOptions> = {}) {
    this.#pageOptions = options;
    this.page = this.#createPage();
  }

  #createPage(): PageEndpoint {
    this.#lives += 1;
    return new PageEndpoint({
      openPipe: this.relay.openPipe,
      environment: fakeEnvironment(this.clock, this.#lives),
      events: this.onPage,
      label: 'desk',
      resume: this.pageStore,
      ...this.#pageOptions,
    });
  }

  /** The page is gone without a word, and another one finds what it has kept. */
  reloadPage(): void {
    this.page.stop();
    // A page that is loaded anew shows nothing yet.
    this.onPage.field(EMPTY_FIELD);
    this.page = this.#createPage();
    this.page.start();
  }

  /** The same for the phone. @returns the new one */
  reloadPhone(phone: PhoneEndpoint, options: Partial<PhoneOptions> = {}): PhoneEndpoint {
    phone.stop();
    this.onPhone.field(EMPTY_FIELD);
    const next = this.createPhone({ guid: undefined, ...options });
    next.resume();
    return next;
  }

  get guid(): string {
    const { state } = this.page;
    if (state.phase !== 'waiting') throw new Error(`the page is ${state.phase}`);
    return state.guid;
  }

  /** A phone that has read the code on the screen, or that one. */
  createPhone(options: Partial<PhoneOptions> = {}): PhoneEndpoint {
    this.#phones += 1;
    return new PhoneEndpoint({
      openPipe: this.relay.openPipe,
      environment: fakeEnvironment(this.clock, 100 + this.#phones),
      events: this.onPhone,
      guid: 'guid' in options ? options.guid : this.guid,
      name: 'pocket',
      resume: this.phoneStore,
      ...options,
    });
  }

  /** Up to the number on the phone's screen. */
  async claim(options: Partial<PhoneOptions> = {}): Promise<PhoneEndpoint> {
    this.page.start();
    await this.clock.advance(10);
    const phone = this.createPhone(options);
    phone.claim();
    await this.clock.advance(10);
    return phone;
  }

  /** Up to the first text. */
  async connect(options: Partial<PhoneOptions> = {}): Promise<PhoneEndpoint> {
    const phone = await this.claim(options);
    if (phone.state.phase === 'confirm') this.page.choose(phone.state.number);
    await this.clock.advance(1000);
    return phone;
  }
}
