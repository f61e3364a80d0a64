import type { LabMessages } from '../text/lab-messages.en.ts';

/** A line of the script's log, in whatever language is shown. */
export type LogEntry = (texts: LabMessages) => string;

const STATES = ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'] as const;
/** Lines of the log that are kept. */
const MAX_ENTRIES = 200;

/** The script of the tutorial's page: one WebSocket, its four states and its four events. */
export class ChatClient {
  readonly log: LogEntry[] = [];
  readonly #onEntry: () => void;
  #socket: WebSocket | undefined;

  constructor(onEntry: () => void) {
    this.#onEntry = onEntry;
  }

  /** Opens a connection; the one before is let go of. */
  connect(url: string): void {
    this.#socket?.close();
    const socket = new WebSocket(url);
    this.#socket = socket;
    const own = (entry: LogEntry) => {
      if (socket === this.#socket) this.#say(entry);
    };
    socket.onopen = () => own(({ said }) => said.open);
    socket.onerror = () => own(({ said }) => said.error);
    socket.onmessage = ({ data }) => own(({ said }) => said.message(String(data)));
    socket.onclose = ({ code, reason, wasClean }) =>
      own(({ said }) => said.close(code, reason, wasClean));
    const shown = withoutQuery(url);
    this.#say(({ said }) => said.connecting(shown));
  }

  send(name: string): void {
    const socket = this.#socket;
    if (socket === undefined) return this.#say(({ said }) => said.noSocket);
    if (socket.readyState !== WebSocket.OPEN) {
      const state = STATES[socket.readyState] ?? '';
      return this.#say(({ said }) => said.notOpen(state));
    }
    socket.send(name);
    this.#say(({ said }) => said.sent(name));
  }

  sayState(): void {
    const value = this.#socket?.readyState;
    if (value === undefined) return this.#say(({ said }) => said.noSocket);
    this.#say(({ said }) => said.state(value, STATES[value] ?? ''));
  }

  close(): void {
    if (this.#socket === undefined) return this.#say(({ said }) => said.noSocket);
    this.#socket.close(1000);
    this.#say(({ said }) => said.closing);
  }

  #say(entry: LogEntry): void {
    this.log.push(entry);
    if (this.log.length > MAX_ENTRIES) this.log.shift();
    this.#onEntry();
  }
}

/** The session's id is nothing to show. */
function withoutQuery(url: string): string {
  return url.replace(/\?.*$/, '');
}
