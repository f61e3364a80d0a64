import { equalBytes } from './bytes.ts';
import type { Answer } from './introduction.ts';
import { KeyRenewal, type KeyRenewalParts } from './key-renewal.ts';
import { answerHello, createPageKey, type PageKey } from './key-schedule.ts';
import type { RenewalMessage } from './renewal-message.ts';

/** The page's part: offers a fresh key, answers one msg1 to it. */
export class PageRenewal extends KeyRenewal {
  readonly #createAnswer: () => Answer;
  #offered: PageKey | undefined;
  #answered: { msg1: Uint8Array; msg2: Uint8Array } | undefined;

  constructor(createAnswer: () => Answer, parts: KeyRenewalParts) {
    super(parts);
    this.#createAnswer = createAnswer;
  }

  protected override due(): RenewalMessage | undefined {
    return this.seeking && this.#offered ? this.#offer(this.#offered) : undefined;
  }

  override async seek(): Promise<void> {
    this.#offered ??= await createPageKey(this.suite);
    return super.seek();
  }

  override async receive(message: RenewalMessage): Promise<void> {
    switch (message.type) {
      case 'ask':
        return this.#invite(message.secretIds);
      case 'hello':
        return this.#receiveHello(message.secretId, message.msg1);
      case 'nothing':
        return this.nothingInCommon();
      default:
        return;
    }
  }

  async #invite(secretIds: readonly Uint8Array[]): Promise<void> {
    if (!this.mayRespond()) return;
    if (this.common(secretIds) === undefined) return this.host.send({ type: 'nothing' });
    this.#offered ??= await createPageKey(this.suite);
    this.host.send(this.#offer(this.#offered));
  }

  async #receiveHello(secretId: Uint8Array, msg1: Uint8Array): Promise<void> {
    if (this.#answered && equalBytes(this.#answered.msg1, msg1)) {
      return this.host.send({ type: 'answer', msg2: this.#answered.msg2 });
    }
    const used = this.common([secretId]);
    // A key that was given up: whoever answers it wants another one.
    if (used === undefined || this.#offered === undefined) return this.#invite([secretId]);
    const offer = { ...this.shared(used), ...this.#offered };
    const answered = await answerHello(this.suite, offer, msg1, this.#createAnswer());
    if (answered === undefined) return this.failed();
    const { msg2 } = answered;
    // The private key has done its work; without it nobody can ever read this msg1 again.
    this.#offered = undefined;
    this.#answered = { msg1: msg1.slice(), msg2 };
    this.finish(answered.handshake, used);
    this.host.send({ type: 'answer', msg2 });
  }

  #offer({ publicKey }: PageKey): RenewalMessage {
    return { type: 'offer', key: publicKey, secretIds: this.secretIds };
  }
}
