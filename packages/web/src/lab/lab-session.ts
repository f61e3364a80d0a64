import type { Examined, LabEvent, LabRequest, Transport, WatchedEvent } from './lab-events.ts';

const SUBPROTOCOL = 'pairwire.lab.1';

export interface SessionListener {
  /** The lab is ready; only now can connections be watched. */
  ready(): void;
  watched(event: WatchedEvent): void;
  /** What the session's channels have cost so far. */
  metered(transports: Extract<LabEvent, { type: 'meter' }>['transports']): void;
  /** @param wasReady - false: the server let nobody in */
  lost(wasReady: boolean): void;
}

type Examination = Extract<LabRequest, { readonly id: number }>;
type Unnumbered<Question> = Question extends unknown ? Omit<Question, 'id'> : never;

/** The page's place in the lab: a WebSocket. What the lab shows ends with it. */
export class LabSession {
  readonly #origin: string;
  readonly #listener: SessionListener;
  #socket: WebSocket | undefined;
  #id: string | undefined;
  #questions = 0;
  /** By their number: those that wait for an answer. */
  readonly #asking = new Map<number, (answer: Examined | undefined) => void>();

  /** @param origin - of the page, `http(s)://host` */
  constructor(origin: string, listener: SessionListener) {
    this.#origin = origin.replace(/^http/, 'ws');
    this.#listener = listener;
  }

  /** Opens the session, or another one after the last was lost. */
  open(): void {
    const socket = new WebSocket(`${this.#origin}/lab/session`, SUBPROTOCOL);
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#received(JSON.parse(data) as LabEvent));
    socket.addEventListener('close', () => {
      const wasReady = this.#id !== undefined;
      this.#id = undefined;
      for (const answer of this.#asking.values()) answer(undefined);
      this.#asking.clear();
      this.#listener.lost(wasReady);
    });
  }

  get isReady(): boolean {
    return this.#id !== undefined;
  }

  /** The address of `/chat` whose connections this session watches. */
  get chatUrl(): string {
    const id = this.#id;
    return `${this.#origin}/chat${id === undefined ? '' : `?lab=${id}`}`;
  }

  /** Where this session's channels over one transport are opened. */
  channelUrl(transport: Transport): string {
    return `${this.#origin}/lab/${this.#id ?? ''}/${transport}`;
  }

  /** Dropped while there is no session. */
  request(request: LabRequest): void {
    if (this.isReady) this.#socket?.send(JSON.stringify(request));
  }

  /** Has something examined. @returns undefined when the session is lost meanwhile */
  examine(question: Unnumbered<Examination>): Promise<Examined | undefined> {
    if (!this.isReady) return Promise.resolve(undefined);
    this.#questions += 1;
    const id = this.#questions;
    this.request({ ...question, id });
    return new Promise((resolve) => this.#asking.set(id, resolve));
  }

  #received(event: LabEvent): void {
    if (event.type === 'session') {
      this.#id = event.id;
      this.#listener.ready();
    } else if ('tap' in event) {
      this.#listener.watched(event);
    } else if (event.type === 'meter') {
      this.#listener.metered(event.transports);
    } else if ('id' in event) {
      this.#asking.get(event.id)?.(event);
      this.#asking.delete(event.id);
    }
  }
}
