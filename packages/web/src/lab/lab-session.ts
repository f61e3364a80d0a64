import type { LabEvent, LabRequest, WatchedEvent } from './lab-events.ts';

const SUBPROTOCOL = 'pairwire.lab.1';

export interface SessionListener {
  /** The lab is ready; only now can connections be watched. */
  ready(): void;
  watched(event: WatchedEvent): void;
  /** @param wasReady - false: the server let nobody in */
  lost(wasReady: boolean): void;
}

/** The page's place in the lab: a WebSocket. What the lab shows ends with it. */
export class LabSession {
  readonly #origin: string;
  readonly #listener: SessionListener;
  #socket: WebSocket | undefined;
  #id: string | undefined;

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

  /** Dropped while there is no session. */
  request(request: LabRequest): void {
    if (this.isReady) this.#socket?.send(JSON.stringify(request));
  }

  #received(event: LabEvent): void {
    if (event.type === 'session') {
      this.#id = event.id;
      this.#listener.ready();
    } else if ('tap' in event) {
      this.#listener.watched(event);
    }
  }
}
