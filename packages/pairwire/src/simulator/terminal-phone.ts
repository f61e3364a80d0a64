/** The tutorial's Mobile: a phone without a browser, in a terminal or in a pipe. */
import { parseGuid, PhoneEndpoint, type PhoneState } from '@pairwire/pairing';

import { ExitCode } from './exit-code.ts';
import { chooseLanguage } from './language.ts';
import { TerminalSession, type TerminalOptions } from './terminal-session.ts';

export interface TerminalPhoneOptions extends TerminalOptions {
  /** What the person typed or scanned: a GUID or a whole link. */
  guid: string;
}

/**
 * In a terminal it shows the number to choose on the page, then what the page types and sends.
 *
 * In a pipe the number is a line `number N` on stderr; with the policy `both` a line
 * `look A B C` comes first there, answered by the first line of stdin. Then every line of stdin is
 * a message and every message of the page is written to stdout with a line end.
 */
export class TerminalPhone extends TerminalSession<PhoneState> {
  readonly #guid: string | undefined;
  #endpoint: PhoneEndpoint | undefined;
  /** The number that is shown. */
  #number: number | undefined;

  constructor(options: TerminalPhoneOptions) {
    super(options);
    this.#guid = parseGuid(options.guid);
  }

  /** Runs until the link has ended. Never rejects. */
  async run(): Promise<ExitCode> {
    const { environment, name, language } = this.options;
    if (this.#guid === undefined) {
      this.screen.note(this.phrases.wrongGuid);
      return ExitCode.usage;
    }
    const endpoint = new PhoneEndpoint({
      openPipe: this.openPipe,
      environment,
      events: this.events,
      guid: this.#guid,
      name,
      language: language ?? chooseLanguage(process.env),
      secure: true,
    });
    this.#endpoint = endpoint;
    // Whoever starts the program has tapped.
    return this.converse(() => endpoint.claim());
  }

  protected override get endpoint(): PhoneEndpoint {
    if (!this.#endpoint) throw new Error('the phone is not running');
    return this.#endpoint;
  }

  protected override show(state: PhoneState): void {
    if (state.phase !== 'confirm') return;
    const { pageLabel, number, lookChoices } = state;
    if (lookChoices) this.#askForLook(lookChoices, pageLabel);
    else this.#showNumber(number, pageLabel);
  }

  #askForLook(choices: readonly number[], label: string): void {
    const question = this.phrases.chooseLook(choices, label);
    if (this.hasAsked(question)) return;
    this.screen.hint(`look ${choices.join(' ')}`);
    this.askNumber(question, choices, (choice) => this.endpoint.chooseLook(choice));
  }

  #showNumber(number: number, label: string): void {
    if (this.#number === number) return;
    this.#number = number;
    this.screen.hint(`number ${number}`);
    this.screen.note(this.phrases.number(number, label));
  }
}
