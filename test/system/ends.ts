/** The two ends of a link in the test's own process, with everything they told kept. */
import { once, EventEmitter } from 'node:events';
import { randomBytes } from 'node:crypto';
import {
  PageEndpoint,
  PhoneEndpoint,
  type Environment,
  type FieldState,
  type OpenPipe,
  type PageState,
  type PhoneState,
} from '@pairwire/pairing';

const environment: Environment = {
  randomBytes: (length) => new Uint8Array(randomBytes(length)),
  nowMs: () => performance.now(),
  setTimer(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

/** What one end heard. Waiting for something means waiting for the next thing it hears. */
class Heard<State> {
  readonly messages: string[] = [];
  readonly shown: string[] = [];
  field = '';
  state: State | undefined;
  readonly #emitter = new EventEmitter();

  readonly events = {
    state: (state: State) => this.#note(() => (this.state = state)),
    field: (field: FieldState) => this.#note(() => (this.field = field.text)),
    message: (message: { id: string; text: string }) =>
      this.#note(() => this.messages.push(message.text)),
    delivery: (delivery: { id: string; status: string }) =>
      this.#note(() => delivery.status === 'shown' && this.shown.push(delivery.id)),
  };

  #note(change: () => void): void {
    change();
    this.#emitter.emit('heard');
  }

  async until(condition: (heard: this) => boolean): Promise<void> {
    while (!condition(this)) await once(this.#emitter, 'heard');
  }
}

export interface Ends {
  page: PageEndpoint;
  phone: PhoneEndpoint;
  atPage: Heard<PageState>;
  atPhone: Heard<PhoneState>;
  guid: string;
  stop(): void;
}

/** Opens a link as two people would: show the code, type its GUID, tap, pick the number. */
export async function pair(openAtPage: OpenPipe, openAtPhone: OpenPipe): Promise<Ends> {
  const atPage = new Heard<PageState>();
  const atPhone = new Heard<PhoneState>();
  const page = new PageEndpoint({
    openPipe: openAtPage,
    environment,
    events: atPage.events,
    label: 'test page',
  });
  page.start();
  await atPage.until(({ state }) => state?.phase === 'waiting');
  const guid = atPage.state?.phase === 'waiting' ? atPage.state.guid : '';
  const phone = new PhoneEndpoint({
    openPipe: openAtPhone,
    environment,
    events: atPhone.events,
    guid,
    name: 'test phone',
  });
  phone.claim();
  await atPhone.until(({ state }) => state?.phase === 'confirm');
  await atPage.until(({ state }) => state?.phase === 'claimed' && state.choices.length > 0);
  page.choose(atPhone.state?.phase === 'confirm' ? atPhone.state.number : null);
  await atPage.until(({ state }) => state?.phase === 'connected');
  await atPhone.until(({ state }) => state?.phase === 'connected');
  const stop = () => {
    page.stop();
    phone.stop();
  };
  return { page, phone, atPage, atPhone, guid, stop };
}
