/** One end of a link that writes to the other, and knows what the other must have in the end. */
import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connectChannel, LadderMemory, type TransportName } from '@pairwire/channel/client';
import {
  PageEndpoint,
  PhoneEndpoint,
  type Environment,
  type FieldState,
  type OpenPipe,
  type PageState,
  type PhoneState,
  type PipeHandler,
  type ResumeStore,
} from '@pairwire/pairing';
import { WebSocket } from '@pairwire/websocket';

const TRANSPORTS: readonly TransportName[] = ['websocket', 'streaming', 'long-polling', 'polling'];

/** The ends live so much faster than the world, or their pauses would be most of a run. */
const SPEED = 5;
/** Live states as often as usual, measured by the world's clock. */
const LIVE_INTERVAL_MS = 50 * SPEED;

/** The machine's clock, which somebody sets now and then. */
class JumpingClock {
  #aheadMs = 0;

  readonly environment: Environment = {
    randomBytes: (length) => new Uint8Array(randomBytes(length)),
    nowMs: () => performance.now() * SPEED + this.#aheadMs,
    setTimer(delayMs, run) {
      const timer = setTimeout(run, delayMs / SPEED);
      return () => clearTimeout(timer);
    },
  };

  jump(byMs: number): void {
    this.#aheadMs += byMs;
  }
}

/** What came, and whether that is all; `changed` is called whenever that may have changed. */
export class Received {
  texts: string[] = [];
  field = '';
  phase = '';
  number: number | undefined;
  choices: number[] = [];
  guid = '';
  description = '';
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  readonly events = {
    state: (state: PageState | PhoneState) => {
      this.phase = state.phase;
      this.description = JSON.stringify(state);
      if (state.phase === 'waiting') this.guid = state.guid;
      if (state.phase === 'confirm') this.number = state.number;
      if (state.phase === 'claimed') this.choices = state.choices;
      this.#changed();
    },
    field: (field: FieldState) => {
      this.field = field.text;
      this.#changed();
    },
    message: ({ text }: { text: string }) => {
      this.texts.push(text);
      this.#changed();
    },
  };
}

/** As sessionStorage: outlives the page, not more. */
class KeptState implements ResumeStore {
  #state: string | undefined;

  load = (): string | undefined => this.#state;
  save = (state: string): void => void (this.#state = state);
  clear = (): void => void (this.#state = undefined);
}

export abstract class Correspondent<
  E extends PageEndpoint | PhoneEndpoint = PageEndpoint | PhoneEndpoint,
> {
  readonly name: string;
  readonly clock = new JumpingClock();
  readonly received: Received;
  /** What was sent since the last `forget`, in order. */
  sent: string[] = [];
  /** The own field as it is now. */
  typed = '';
  /** How it may reach the relay; the first is the usual one. */
  readonly ways: readonly OpenPipe[];
  protected readonly kept = new KeptState();
  #isReloading = false;
  #handler: PipeHandler | undefined;

  constructor(name: string, ways: readonly OpenPipe[], changed: () => void) {
    this.name = name;
    this.ways = ways;
    this.received = new Received(changed);
  }

  abstract readonly endpoint: E;

  /** Makes the endpoint of a page that is loaded anew, and has it take up the link. */
  protected abstract revive(): void;

  protected readonly openPipe: OpenPipe = (handler) => {
    const [open] = this.ways;
    if (open === undefined) throw new Error('it has no way to the relay');
    this.#handler = handler;
    return open(handler);
  };

  /** What the endpoint is told whoever it is. */
  protected get common() {
    const { openPipe, clock, received, kept } = this;
    return {
      openPipe,
      environment: clock.environment,
      events: received.events,
      liveIntervalMs: LIVE_INTERVAL_MS,
      resume: kept,
    };
  }

  /** Nobody can type while the page is being loaded. */
  type(text: string): void {
    if (this.#isReloading) return;
    this.typed = text;
    this.endpoint.setField({ text, selectionStart: 0, selectionEnd: 0 });
  }

  send(text: string): void {
    if (this.#isReloading) return;
    this.typed = '';
    this.sent.push(text);
    this.endpoint.sendMessage(text);
  }

  /** Loads its page anew: keys are gone, and of everything else there is what was kept. */
  async reload(): Promise<void> {
    if (this.#isReloading) return;
    this.#isReloading = true;
    // What was typed in this very moment is kept when the event loop comes round.
    await nextTurn();
    this.endpoint.stop();
    this.received.field = '';
    this.revive();
    await nextTurn();
    if (this.endpoint.field.text !== this.typed) {
      throw new Error(`${this.name} has lost what was in its field`);
    }
    this.#isReloading = false;
  }

  /** Offers it another way to the relay, better or not, in the middle of whatever it does. */
  move(open: OpenPipe): void {
    const from = this.#handler;
    from?.better?.((handler) => {
      this.#handler = handler;
      return open(handler);
    });
  }

  /** Everything that `other` sent is here once and in order, and its field as it is. */
  hasAllOf(other: Correspondent): boolean {
    const { texts, field } = this.received;
    return texts.length >= other.sent.length && field === other.typed;
  }

  forget(): void {
    this.sent = [];
    this.received.texts = [];
  }
}

export class PageCorrespondent extends Correspondent<PageEndpoint> {
  endpoint: PageEndpoint;

  constructor(name: string, ways: readonly OpenPipe[], changed: () => void) {
    super(name, ways, changed);
    this.endpoint = this.#create();
  }

  protected override revive(): void {
    this.endpoint = this.#create();
    this.endpoint.start();
  }

  #create(): PageEndpoint {
    return new PageEndpoint({ ...this.common, label: this.name });
  }
}

export class PhoneCorrespondent extends Correspondent<PhoneEndpoint> {
  endpoint: PhoneEndpoint;

  constructor(name: string, ways: readonly OpenPipe[], guid: string, changed: () => void) {
    super(name, ways, changed);
    this.endpoint = new PhoneEndpoint({ ...this.common, name, guid });
  }

  protected override revive(): void {
    this.endpoint = new PhoneEndpoint({ ...this.common, name: this.name });
    if (!this.endpoint.resume()) throw new Error(`${this.name} has nothing to take up`);
  }
}

/** Every way by TCP to a relay behind that port: the ladder first, then each transport alone. */
export function waysTo(port: number): OpenPipe[] {
  const url = `http://127.0.0.1:${port}`;
  const memory = new LadderMemory();
  const ladder: OpenPipe = (handler) =>
    connectChannel(url, handler, { WebSocket, memory, probeIntervalMs: 200, rungTimeoutMs: 500 });
  const forced = TRANSPORTS.map(
    (transport): OpenPipe =>
      (handler) =>
        connectChannel(url, handler, { WebSocket, transport }),
  );
  return [ladder, ...forced];
}
