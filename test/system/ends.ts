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
  type RememberedDevices,
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

/** A page end, and what it hears. Nothing is started. */
export function createPage(openPipe: OpenPipe, remembered?: RememberedDevices) {
  const heard = new Heard<PageState>();
  const { events } = heard;
  const end = new PageEndpoint({ openPipe, environment, events, label: 'test page', remembered });
  return { end, heard };
}

/** A phone end, and what it hears; without a GUID it can only go to whom it remembers. */
export function createPhone(
  openPipe: OpenPipe,
  options: { guid?: string; remembered?: RememberedDevices | undefined },
) {
  const heard = new Heard<PhoneState>();
  const { events } = heard;
  const end = new PhoneEndpoint({ openPipe, environment, events, name: 'test phone', ...options });
  return { end, heard };
}

/** Opens a link as two people would: show the code, type its GUID, tap, pick the number. */
export async function pair(
  openAtPage: OpenPipe,
  openAtPhone: OpenPipe,
  remembered: { page?: RememberedDevices; phone?: RememberedDevices } = {},
): Promise<Ends> {
  const { end: page, heard: atPage } = createPage(openAtPage, remembered.page);
  page.start();
  await atPage.until(({ state }) => state?.phase === 'waiting');
  const guid = atPage.state?.phase === 'waiting' ? atPage.state.guid : '';
  const { end: phone, heard: atPhone } = createPhone(openAtPhone, {
    guid,
    remembered: remembered.phone,
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
