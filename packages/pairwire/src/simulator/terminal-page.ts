/** The computer's end without a browser: shows the code, answers one phone, in a terminal or in a pipe. */
import { formatLink, PageEndpoint, type ConfirmPolicy, type PageState } from '@pairwire/pairing';
import { renderUnicodeCompact } from 'uqr';

import { ExitCode } from './exit-code.ts';
import { TerminalSession, type TerminalOptions } from './terminal-session.ts';

export interface TerminalPageOptions extends TerminalOptions {
  /** The address that the code leads to, without a path: `http://192.168.1.7:1818`. */
  origin: string;
  confirm?: ConfirmPolicy;
}

/**
 * In a terminal it shows code, link and GUID, then asks for the number.
 *
 * In a pipe stdout has, for every code, a line `link http…` and a line `guid …`; when a phone
 * has come a line `choices A B C` (policy `type`: `type`), answered by one line of stdin, before
 * it a line `look N` with the policy `both`. From then on every line of stdout is a message.
 */
export class TerminalPage extends TerminalSession<PageState> {
  protected readonly endpoint: PageEndpoint;
  readonly #options: TerminalPageOptions;
  #guid = '';
  #phase = '';

  constructor(options: TerminalPageOptions) {
    super(options);
    this.#options = options;
    const { environment, name, confirm } = options;
    this.endpoint = new PageEndpoint({
      openPipe: this.openPipe,
      environment,
      events: this.events,
      label: name,
      secure: true,
      ...(confirm && { confirm }),
    });
  }

  /** Runs until the link has ended. Never rejects. */
  run(): Promise<ExitCode> {
    return this.converse(() => this.endpoint.start());
  }

  protected override show(state: PageState): void {
    const isNew = state.phase !== this.#phase;
    this.#phase = state.phase;
    if (state.phase !== 'claimed') this.withdrawQuestion();
    switch (state.phase) {
      case 'waiting':
        if (state.guid !== this.#guid) this.#showCode(state.guid);
        this.screen.status(state.opened ? this.phrases.opened : this.phrases.waiting);
        return;
      case 'paused':
        return this.#pause();
      case 'claimed':
        this.screen.status('');
        if (isNew) this.screen.note(this.phrases.claimed);
        return this.#askForNumber(state);
      case 'connecting':
        // The first time it has just been said.
        if (this.#guid === '') return;
        this.screen.status(this.phrases.connecting(this.options.destination));
        return;
      case 'connected':
      case 'ended':
        return;
    }
  }

  #showCode(guid: string): void {
    this.#guid = guid;
    const link = formatLink(this.#options.origin, guid);
    this.screen.fact(`link ${link}`);
    this.screen.fact(`guid ${guid}`);
    if (this.options.isTerminal) {
      this.screen.picture(renderCode(link));
      this.screen.picture(link);
      this.screen.picture(`GUID ${guid}`);
    }
  }

  /** Nobody came. A program is not asked whether to go on. */
  #pause(): void {
    this.screen.status('');
    this.screen.note(this.phrases.paused);
    if (!this.options.isTerminal) return this.end(ExitCode.failed);
    this.ask({
      text: this.phrases.pressEnter,
      answer: () => {
        this.endpoint.newCode();
        return true;
      },
    });
  }

  #askForNumber({ confirm, choices, look, phoneName }: PageState & { phase: 'claimed' }): void {
    if (phoneName === undefined) return;
    const typed = confirm === 'type';
    // Without choices there is nothing to choose yet, or no more.
    if (!typed && choices.length === 0) return;
    const question = typed
      ? this.phrases.typeNumber(phoneName)
      : this.phrases.choose(choices, phoneName);
    if (this.hasAsked(question)) return;
    if (look !== undefined) {
      this.screen.fact(`look ${look}`);
      this.screen.note(this.phrases.look(look));
    }
    this.screen.fact(typed ? 'type' : `choices ${choices.join(' ')}`);
    this.askNumber(question, typed ? undefined : choices, (number) => this.endpoint.choose(number));
  }
}

/** White on black whatever the terminal's colours are: scanners want dark on light. */
function renderCode(link: string): string {
  const code = renderUnicodeCompact(link, { ecc: 'M', border: 2 });
  return code
    .split('\n')
    .map((line) => `\x1b[97;40m${line}\x1b[0m`)
    .join('\n');
}
