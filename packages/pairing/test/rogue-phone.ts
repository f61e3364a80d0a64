/** A phone that has the GUID and the keys and keeps to nothing else. */
import { decodeBase64url, encodeBase64url } from '../src/base64url.ts';
import type { Pipe } from '../src/environment.ts';
import type { Answer } from '../src/introduction.ts';
import { createSuite, sendHello, type Handshake } from '../src/key-schedule.ts';
import { deriveLink } from '../src/link.ts';
import { Direction, RecordSealer } from '../src/record.ts';
import {
  decodeEnvelope,
  encodeEnvelope,
  EnvelopeKind,
  formatRequest,
  parseReply,
  type Reply,
} from '../src/rendezvous.ts';
import { seededBytes } from './fake-environment.ts';
import type { FakePair } from './fake-pair.ts';

export class RoguePhone {
  readonly replies: Reply[] = [];
  readonly envelopes: { kind: EnvelopeKind; body: Uint8Array }[] = [];
  readonly linkId: Uint8Array;
  readonly #pair: FakePair;
  readonly #psk: Uint8Array;
  readonly #suite = createSuite(seededBytes(666));
  readonly #pipe: Pipe;
  #sealer: RecordSealer | undefined;
  msg1: Uint8Array = new Uint8Array();
  handshake: Handshake<Answer> | undefined;

  constructor(pair: FakePair) {
    this.#pair = pair;
    const { linkId, psk } = deriveLink(pair.guid);
    this.linkId = linkId;
    this.#psk = psk;
    this.#pipe = pair.relay.openPipe({
      packet: (packet) => {
        if (typeof packet === 'string') {
          const parsed = parseReply(packet);
          if (parsed.ok) this.replies.push(parsed.value);
        } else {
          const envelope = decodeEnvelope(packet);
          if (envelope) this.envelopes.push(envelope);
        }
      },
      close: () => {},
    });
  }

  /** Takes the seat; says nothing yet. @returns the page's key */
  async claim(): Promise<Uint8Array> {
    await this.#pair.clock.advance(1);
    this.#pipe.send(formatRequest({ type: 'claim', v: 1, link: encodeBase64url(this.linkId) }));
    await this.#pair.clock.advance(1);
    const claimed = this.replies.find((reply) => reply.type === 'claimed');
    return decodeBase64url(claimed?.key ?? '') ?? new Uint8Array();
  }

  /** Up to the keys. */
  async introduce(versions = [1]): Promise<void> {
    const hello = await sendHello(
      this.#suite,
      { linkId: this.linkId, psk: this.#psk },
      await this.claim(),
      { name: 'rogue', language: 'und', versions },
    );
    this.msg1 = hello?.msg1 ?? this.msg1;
    await this.send(EnvelopeKind.hello, this.msg1);
    const answer = this.envelopes.find(({ kind }) => kind === EnvelopeKind.answer);
    this.handshake = answer && (await hello?.finish(answer.body));
    if (this.handshake) {
      this.#sealer = new RecordSealer(this.handshake.sender, Direction.toPage, this.linkId);
    }
  }

  async send(kind: EnvelopeKind, body: Uint8Array): Promise<void> {
    this.#pipe.send(encodeEnvelope({ kind, link: this.linkId, body }));
    await this.#pair.clock.advance(1);
  }

  /** Seals anything as its next record. */
  async seal(body: Uint8Array, acknowledged = 1): Promise<Uint8Array> {
    const record = await this.#sealer?.seal({ acknowledged, body });
    return record?.bytes ?? new Uint8Array();
  }

  async sendRecord(body: Uint8Array, acknowledged = 1): Promise<void> {
    await this.send(EnvelopeKind.record, await this.seal(body, acknowledged));
  }

  stop(): void {
    this.#pipe.close();
  }
}
