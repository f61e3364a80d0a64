/** A page and a phone with a relay between them, on one clock. */
import type { Delivery, EndpointEvents, IncomingMessage } from '../src/endpoint.ts';
import type { PageOptions, PhoneOptions } from '../src/options.ts';
import { PageEndpoint, type PageState } from '../src/page-endpoint.ts';
import { PhoneEndpoint, type PhoneState } from '../src/phone-endpoint.ts';
import type { FieldState } from '../src/text-field.ts';
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

export class FakePair {
  readonly clock = new FakeClock();
  readonly relay = new FakeRelay(this.clock);
  readonly onPage = new Told<PageState>();
  readonly onPhone = new Told<PhoneState>();
  readonly page: PageEndpoint;
  #phones = 0;

  constructor(options: Partial<PageOptions> = {}) {
    this.page = new PageEndpoint({
      openPipe: this.relay.openPipe,
      environment: fakeEnvironment(this.clock, 1),
      events: this.onPage,
      label: 'desk',
      ...options,
    });
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
      guid: options.guid ?? this.guid,
      name: 'pocket',
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
