import { equalBytes } from './bytes.ts';
import type { Answer, Hello } from './introduction.ts';
import { KeyRenewal, type KeyRenewalParts } from './key-renewal.ts';
import { sendHello, type Handshake } from './key-schedule.ts';
import type { RenewalMessage } from './renewal-message.ts';

interface Pending {
  key: Uint8Array;
  secretId: Uint8Array;
  msg1: Uint8Array;
  finish(msg2: Uint8Array): Promise<Handshake<Answer> | undefined>;
}

/** The phone's part: asks for a key if it needs one, says msg1 to whichever is offered. */
export class PhoneRenewal extends KeyRenewal {
  readonly #createHello: () => Omit<Hello, 'key'>;
  #pending: Pending | undefined;
  /** The page's key of the renewal that was finished last. */
  #usedKey: Uint8Array | undefined;

  constructor(createHello: () => Omit<Hello, 'key'>, parts: KeyRenewalParts) {
    super(parts);
    this.#createHello = createHello;
  }

  protected override due(): RenewalMessage | undefined {
    if (this.#pending !== undefined) {
      return { type: 'hello', secretId: this.#pending.secretId, msg1: this.#pending.msg1 };
    }
    return this.seeking ? { type: 'ask', secretIds: this.secretIds } : undefined;
  }

  override async receive(message: RenewalMessage): Promise<void> {
    switch (message.type) {
      case 'offer':
        return this.#receiveOffer(message.key, message.secretIds);
      case 'answer':
        return this.#receiveAnswer(message.msg2);
      case 'nothing':
        this.#pending = undefined;
        return this.nothingInCommon();
      default:
        return;
    }
  }

  async #receiveOffer(key: Uint8Array, secretIds: readonly Uint8Array[]): Promise<void> {
    if (this.#usedKey && equalBytes(this.#usedKey, key)) return;
    if (!this.mayRespond()) return;
    if (this.#pending && equalBytes(this.#pending.key, key)) return this.sayFirst();
    const used = this.common(secretIds);
    if (used === undefined) return this.host.send({ type: 'nothing' });
    const hello = await sendHello(this.suite, this.shared(used), key, this.#createHello());
    if (hello === undefined) return this.failed();
    this.#pending = { key: key.slice(), secretId: used.id, ...hello };
    this.sayFirst();
  }

  async #receiveAnswer(msg2: Uint8Array): Promise<void> {
    if (this.#pending === undefined) return;
    const handshake = await this.#pending.finish(msg2);
    if (handshake === undefined) return this.failed();
    this.#usedKey = this.#pending.key;
    this.#pending = undefined;
    // The page kept the new secret before it answered.
    this.finish(handshake, undefined);
  }
}
