/**
 * What the phone's and the page's terminal have in common: lines answer questions first, then they
 * are messages; at the end of the input everything is delivered before the link is ended.
 */
import {
  countCodePoints,
  QueueFullError,
  TextTooLongError,
  toCodePointOffset,
  type ConnectedState,
  type EndpointEvents,
  type Ending,
  type Environment,
  type FieldState,
  type OpenPipe,
} from '@pairwire/pairing';

import { CoapPipeCloseCode } from './coap-pipe.ts';
import { ExitCode } from './exit-code.ts';
import { chooseLanguage, type Language } from './language.ts';
import { phrasesIn, type Phrases } from './phrases.ts';
import { PipeScreen } from './pipe-screen.ts';
import type { Screen, ScreenStreams } from './screen.ts';
import { TerminalScreen } from './terminal-screen.ts';
import { WatchedPipe } from './watched-pipe.ts';

export interface TerminalOptions extends ScreenStreams {
  openPipe: OpenPipe;
  environment: Environment;
  /** What the other side sees as this side's name. */
  name: string;
  /** Where the pipe leads, `coap://…` or `http://…`; for messages. */
  destination: string;
  /** Default: after LC_ALL, LC_MESSAGES, LANG of this process. */
  language?: Language;
  /** Ends the link in good order, as the end of the input does, but without waiting for what is undelivered. */
  signal?: AbortSignal;
}

/** What a session uses of an endpoint, of either side. */
export interface Talker {
  readonly state: { phase: string };
  setField(field: FieldState): void;
  sendMessage(text: string): string;
  markShown(id: string): void;
  disconnect(): void;
  stop(): void;
}

/** A line was expected to answer something. */
interface Question {
  text: string;
  /** @returns false when the line is no answer: it is asked again. */
  answer(line: string): boolean;
}

/** Lines read ahead of what can be sent; beyond it the input waits. */
const MAX_WAITING_LINES = 100;
/** Messages on their way; beyond it lines wait. */
const MAX_UNSENT = 200;
/** What is being typed is shown while it fits; the finished text is limited by the endpoint. */
const MAX_LIVE_CODE_POINTS = 4000;
/** How long the last pipe may take to tell the relay that it ends. */
const LAST_WORDS_MS = 6000;

export abstract class TerminalSession<State extends { phase: string }> {
  protected readonly phrases: Phrases;
  protected readonly screen: Screen;
  protected readonly options: TerminalOptions;
  readonly #pipes: WatchedPipe;
  readonly #lines: string[] = [];
  #question: Question | undefined;
  /** The last question, answered or not, until it is withdrawn. */
  #askedText = '';
  #inputEnded = false;
  #disconnecting = false;
  #peerName = '';
  #wasOnline = true;
  #lastUnsent = 0;
  /** What the other side is typing. */
  #field = '';
  /** What became of the own messages: waiting …, delivered ✓, shown ✓✓. */
  #delivered = '';
  #exitCode: ExitCode = ExitCode.done;
  #finish: ((exitCode: ExitCode) => void) | undefined;

  constructor(options: TerminalOptions) {
    this.options = options;
    this.phrases = phrasesIn(options.language ?? chooseLanguage(process.env));
    this.screen = options.isTerminal ? new TerminalScreen(options) : new PipeScreen(options);
    this.#pipes = new WatchedPipe(options.openPipe, (code) => this.#unreachable(code));
  }

  protected abstract get endpoint(): Talker;
  /** The endpoint is in a phase that only one of the two sides has. */
  protected abstract show(state: State): void;

  protected get openPipe(): OpenPipe {
    return this.#pipes.open;
  }

  protected readonly events: EndpointEvents<State> = {
    state: (state) => this.#stateChanged(state),
    field: ({ text }) => this.#showField(text),
    message: ({ id, text }) => {
      this.screen.message(text);
      this.endpoint.markShown(id);
    },
    delivery: ({ status }) => {
      this.#delivered = status === 'shown' ? '✓✓' : '✓';
      this.#showField();
      this.#takeLines();
    },
  };

  /** Runs until the link has ended; never rejects. */
  protected async converse(start: () => void): Promise<ExitCode> {
    const finished = new Promise<ExitCode>((resolve) => {
      this.#finish = resolve;
    });
    const { signal } = this.options;
    const abort = () => this.#leave();
    this.screen.start({
      line: (line) => this.#receiveLine(line),
      end: () => {
        this.#inputEnded = true;
        this.#takeLines();
        // A person who presses Ctrl-C or Ctrl-D wants to leave now.
        if (this.options.isTerminal) this.#leave();
      },
      typing: (text, cursor) => this.#mirror(text, cursor),
      broken: () => this.end(ExitCode.failed),
    });
    signal?.addEventListener('abort', abort, { once: true });
    this.screen.note(this.phrases.connecting(this.options.destination));
    start();
    if (signal?.aborted) abort();
    const exitCode = await finished;
    signal?.removeEventListener('abort', abort);
    this.screen.close();
    await this.#hangUp();
    return exitCode;
  }

  /** Whether this was the last question: a state may be told again for another reason. */
  protected hasAsked(text: string): boolean {
    return this.#askedText === text;
  }

  /** The next line is the answer. */
  protected ask(question: Question): void {
    this.#question = question;
    this.#askedText = question.text;
    this.screen.note(question.text);
    this.#takeLines();
  }

  /** Asks for a number; `none` is null. Without `choices` any number is taken. */
  protected askNumber(
    text: string,
    choices: readonly number[] | undefined,
    choose: (number: number | null) => void,
  ): void {
    this.ask({
      text,
      answer: (line) => {
        const word = line.trim().toLowerCase();
        const number = /^\d{1,6}$/.test(word) ? Number(word) : undefined;
        if (word === 'none') choose(null);
        else if (number !== undefined && (choices?.includes(number) ?? true)) choose(number);
        else return false;
        return true;
      },
    });
  }

  protected withdrawQuestion(): void {
    this.#question = undefined;
    this.#askedText = '';
  }

  protected end(exitCode: ExitCode): void {
    this.#finish?.(exitCode);
  }

  #stateChanged(state: State): void {
    if (state.phase === 'connected') this.#connected(state as State & ConnectedState);
    else if (state.phase === 'ended') this.#ended((state as State & { reason: Ending }).reason);
    else this.show(state);
  }

  #connected({ peerName, presence, online, unsent }: ConnectedState): void {
    this.withdrawQuestion();
    if (this.#peerName === '') {
      this.#peerName = peerName;
      this.screen.note(this.phrases.connected(peerName));
    }
    if (online !== this.#wasOnline) {
      this.screen.note(online ? this.phrases.online : this.phrases.offline);
    }
    this.#wasOnline = online;
    this.#lastUnsent = unsent;
    if (presence === 'here') this.#showField();
    else this.screen.status(this.phrases.asleep(peerName));
    this.#takeLines();
  }

  #ended(reason: Ending): void {
    const undelivered = this.#lastUnsent + (this.#peerName === '' ? 0 : this.#lines.length);
    if (undelivered > 0) this.screen.note(this.phrases.undelivered(undelivered));
    // Who leaves before the link is made hears that it was refused: by whom is clear.
    const told = this.#disconnecting ? 'happy' : reason;
    this.screen.note(this.phrases.ended[told]);
    const isGood = told === 'happy' && undelivered === 0;
    this.end(isGood ? this.#exitCode : ExitCode.failed);
  }

  /** Before any pipe has opened: who is told to connect to nobody should hear so at once. */
  #unreachable(closeCode: number): void {
    const { destination } = this.options;
    const { phrases } = this;
    switch (closeCode) {
      case CoapPipeCloseCode.relayAbsent:
        this.screen.note(phrases.relayAbsent);
        break;
      case CoapPipeCloseCode.full:
        this.screen.note(phrases.full);
        break;
      case CoapPipeCloseCode.protocol:
        this.screen.note(phrases.noPhoneServerThere(destination));
        break;
      default:
        this.screen.note(
          destination.startsWith('coap:')
            ? phrases.noPhoneServer(destination)
            : phrases.noRelay(destination),
        );
    }
    this.end(ExitCode.failed);
  }

  #receiveLine(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length >= MAX_WAITING_LINES) this.screen.pause();
    this.#takeLines();
  }

  /** Answers with lines, sends lines, and disconnects after the last one has arrived. */
  #takeLines(): void {
    while (this.#lines.length > 0) {
      if (this.#question) this.#answer(this.#question, this.#lines.shift() ?? '');
      else if (!this.#sendFirstLine()) break;
    }
    if (this.#lines.length < MAX_WAITING_LINES / 2) this.screen.resume();
    if (this.#inputEnded && this.#lines.length === 0) this.#endWhenDelivered();
  }

  #answer(question: Question, line: string): void {
    this.#question = undefined;
    if (question.answer(line)) return;
    this.screen.note(this.phrases.notANumber);
    this.#question = question;
  }

  /** @returns false when it has to wait. */
  #sendFirstLine(): boolean {
    const { state } = this.endpoint;
    if (state.phase !== 'connected') return false;
    if ((state as ConnectedState).unsent >= MAX_UNSENT) return false;
    const [line = ''] = this.#lines;
    try {
      // A person who presses Enter on nothing means nothing.
      if (line !== '' || !this.options.isTerminal) this.endpoint.sendMessage(line);
    } catch (error) {
      if (error instanceof QueueFullError) return false;
      if (!(error instanceof TextTooLongError)) throw error;
      this.screen.note(this.phrases.tooLong);
      this.#exitCode = ExitCode.failed;
    }
    this.#lines.shift();
    this.#delivered = '…';
    this.#showField();
    return true;
  }

  #endWhenDelivered(): void {
    if (this.options.isTerminal || this.#disconnecting) return;
    if (this.#question) {
      this.screen.note(this.phrases.noAnswer);
      this.#exitCode = ExitCode.failed;
      this.#leave();
      return;
    }
    const { state } = this.endpoint;
    if (state.phase === 'connected' && (state as ConnectedState).unsent === 0) this.#leave();
  }

  #leave(): void {
    if (this.#disconnecting) return;
    this.#disconnecting = true;
    this.endpoint.disconnect();
  }

  #mirror(text: string, cursor: number): void {
    // An answer is not for the other side, and nobody is there before.
    if (this.#question || this.endpoint.state.phase !== 'connected') return;
    const at = toCodePointOffset(text, cursor);
    if (countCodePoints(text) > MAX_LIVE_CODE_POINTS) return;
    this.endpoint.setField({ text, selectionStart: at, selectionEnd: at });
  }

  #showField(text = this.#field): void {
    this.#field = text;
    const typed = text === '' ? '' : this.phrases.typing(this.#peerName, text);
    this.screen.status([this.#delivered, typed].filter(Boolean).join('  '));
  }

  /** Lets the endpoint's last words out, then lets go of it. */
  async #hangUp(): Promise<void> {
    this.endpoint.stop();
    let cancel = () => {};
    const tooLate = new Promise<void>((resolve) => {
      cancel = this.options.environment.setTimer(LAST_WORDS_MS, resolve);
    });
    await Promise.race([this.#pipes.idle(), tooLate]);
    cancel();
  }
}
