/**
 * One pipe: CoAP towards the phone, a channel towards the relay. docs/protocol/phone.md.
 *
 * Both directions keep the order and pass the pressure on: the phone's next segment is answered
 * when the channel has room, the channel is paused while the phone is behind.
 */
import type { Channel, ChannelClose, ChannelHandler } from '@pairwire/channel/client';

import {
  Code,
  ContentFormat,
  createRefusal,
  formatClose,
  ObserveSequence,
  OptionNumber,
  PIPE_PATH,
  SegmentReader,
  SegmentWriter,
  stringOption,
  uintOption,
} from '../coap/index.ts';
import type {
  CoapRequest,
  CoapServer,
  Environment,
  Observer,
  Packet,
  PipeClose,
  Respond,
  SegmentError,
  Transmission,
} from '../coap/index.ts';
import type { GatewayLimits } from './options.ts';

/** Why the gateway itself ends a channel: the relay may hear from the phone again (4000–4099). */
export const GatewayCloseCode = {
  phoneSilent: 4020,
  gatewayClosing: 4021,
  badSegment: 4022,
} as const;

/** Close codes that reach the phone without a relay having sent them (RFC 6455 §7.4.1, §11.7). */
const LocalCloseCode = { badPacket: 1007, tooLarge: 1009, restarting: 1012 } as const;

export interface GatewayPipeOptions {
  id: string;
  environment: Environment;
  limits: GatewayLimits;
  notify: CoapServer['notify'];
  connect(handler: ChannelHandler): Channel;
  /** Once, last. `wasOpen`: false when the relay could not be reached. */
  ended(close: PipeClose, wasOpen: boolean): void;
}

type State = 'opening' | 'open' | 'ending' | 'ended';

export class GatewayPipe {
  readonly #options: GatewayPipeOptions;
  readonly #reader = new SegmentReader();
  readonly #writer = new SegmentWriter();
  readonly #sequence = new ObserveSequence();
  #state: State = 'opening';
  #channel: Channel | undefined;
  #paused = false;
  #observer: Observer | undefined;
  #notification: Transmission | undefined;
  /** Answers the request that opened the pipe. */
  #openAnswer: Respond | undefined;
  /** Answers the phone's segment once the channel has room again. */
  #heldAnswer: Respond | undefined;
  #close: PipeClose = { code: 1006, reason: '' };
  #cancelTimer = () => {};

  constructor(options: GatewayPipeOptions) {
    this.#options = options;
  }

  /** How the pipe ended or is ending, as the phone is told. */
  get close(): PipeClose {
    return this.#close;
  }

  /** Connects to the relay and answers when that has succeeded or failed. */
  open(respond: Respond): void {
    this.#openAnswer = respond;
    this.#channel = this.#options.connect({
      open: () => this.#opened(),
      packet: (packet) => this.#receivePacket(packet),
      drain: () => this.#answerHeld(),
      close: (close) => this.#channelClosed(close),
    });
  }

  /** PUT: the next segment from the phone. */
  put({ payload }: CoapRequest, respond: Respond): void {
    if (this.#state !== 'open') return respond(this.#refuseEnded());
    if (this.#heldAnswer) {
      return respond(createRefusal(Code.tooManyRequests, 'one segment at a time'));
    }
    this.#awaitPhone();
    const read = this.#reader.receive(payload);
    if (!read.ok) return this.#refuseSegment(read.error, respond);
    this.#heldAnswer = respond;
    let mayGoOn = true;
    for (const packet of read.packets) mayGoOn = this.#channel?.send(packet) ?? true;
    if (mayGoOn) this.#answerHeld();
  }

  /** GET: registers the phone for what comes down, or takes it off (RFC 7641 §4.1). */
  get({ peer, token, observe }: CoapRequest, respond: Respond): void {
    if (observe === 0) {
      this.#observer = { peer, token };
      this.#awaitPhone();
      // One that is under way carries an older number than the answer: it is sent anew after it.
      this.#dropNotification();
      respond({ code: Code.content, options: [this.#sequence.takeOption()] });
      this.#pump();
      return;
    }
    if (observe === 1) this.#removeObserver();
    respond({ code: Code.content });
  }

  /** DELETE: the phone has ended the pipe. */
  delete(close: PipeClose, respond: Respond): void {
    this.#closeChannel(close);
    this.#end(close);
    respond({ code: Code.deleted });
  }

  /** The gateway stops: the phone is told, with what time there is, if it listens at all. */
  shutDown(): void {
    if (!this.#observer) return this.destroy();
    const reason = 'the phone server is restarting';
    this.#closeChannel({ code: GatewayCloseCode.gatewayClosing, reason });
    this.#beginEnd({ code: LocalCloseCode.restarting, reason });
  }

  /** Ends at once and tells nobody. */
  destroy(): void {
    this.#closeChannel({ code: GatewayCloseCode.gatewayClosing, reason: '' });
    this.#end(this.#close);
  }

  #opened(): void {
    if (this.#state !== 'opening') return;
    this.#state = 'open';
    this.#awaitPhone();
    this.#openAnswer?.({
      code: Code.created,
      options: [PIPE_PATH, this.#options.id].map((segment) =>
        stringOption(OptionNumber.locationPath, segment),
      ),
    });
    this.#openAnswer = undefined;
  }

  #receivePacket(packet: Packet): void {
    if (this.#state !== 'open') return;
    this.#writer.push(packet);
    if (!this.#paused && this.#writer.bufferedBytes > this.#options.limits.downHighWaterBytes) {
      this.#paused = true;
      this.#channel?.pause();
    }
    this.#pump();
  }

  /** Sends the phone what it has not acknowledged yet: one confirmable notification at a time. */
  #pump(): void {
    if (this.#state === 'ended' || !this.#observer || this.#notification) return;
    const segment = this.#writer.current;
    if (!segment) {
      if (this.#state === 'ending') this.#sendClose(this.#observer);
      return;
    }
    const options = [
      this.#sequence.takeOption(),
      uintOption(OptionNumber.contentFormat, ContentFormat.octetStream),
    ];
    this.#notification = this.#options.notify(
      this.#observer,
      { code: Code.content, options, payload: segment },
      (outcome) => {
        this.#notification = undefined;
        if (outcome.type !== 'acknowledged') return this.#removeObserver();
        this.#writer.acknowledge();
        if (this.#state === 'open') this.#awaitPhone();
        this.#resumeChannel();
        this.#pump();
      },
    );
    if (!this.#notification) this.#removeObserver();
  }

  /** The last notification: an error code, which ends the observation (RFC 7641 §3.2). */
  #sendClose(observer: Observer): void {
    const close = this.#close;
    this.#notification = this.#options.notify(
      observer,
      createRefusal(Code.notFound, formatClose(close)),
      () => this.#end(close),
    );
    if (!this.#notification) this.#end(close);
  }

  #resumeChannel(): void {
    if (this.#paused && this.#writer.bufferedBytes <= this.#options.limits.downHighWaterBytes / 2) {
      this.#paused = false;
      this.#channel?.resume();
    }
  }

  #answerHeld(): void {
    const respond = this.#heldAnswer;
    this.#heldAnswer = undefined;
    respond?.({ code: Code.changed });
  }

  #refuseSegment(error: SegmentError, respond: Respond): void {
    if (error === 'too-short') {
      return respond(createRefusal(Code.badRequest, 'a segment begins with its number'));
    }
    const close =
      error === 'too-large'
        ? { code: LocalCloseCode.tooLarge, reason: 'the packet is too large' }
        : { code: LocalCloseCode.badPacket, reason: `the segment is wrong: ${error}` };
    const code = error === 'too-large' ? Code.requestEntityTooLarge : Code.badRequest;
    respond(createRefusal(code, close.reason));
    this.#closeChannel({ code: GatewayCloseCode.badSegment, reason: close.reason });
    this.#beginEnd(close);
  }

  #refuseEnded() {
    return createRefusal(Code.notFound, formatClose(this.#close));
  }

  #channelClosed(close: ChannelClose): void {
    this.#channel = undefined;
    this.#beginEnd(close);
  }

  /** The relay's side is over; the phone still gets what was on its way, then the reason. */
  #beginEnd({ code, reason }: PipeClose): void {
    if (this.#state === 'ending' || this.#state === 'ended') return;
    if (this.#state === 'opening') return this.#end({ code, reason });
    this.#close = { code, reason };
    this.#state = 'ending';
    const respond = this.#heldAnswer;
    this.#heldAnswer = undefined;
    respond?.(this.#refuseEnded());
    this.#startTimer(this.#options.limits.endingMs, () => this.#end(this.#close));
    this.#pump();
  }

  #end({ code, reason }: PipeClose): void {
    if (this.#state === 'ended') return;
    const wasOpen = this.#state !== 'opening';
    this.#close = { code, reason };
    this.#state = 'ended';
    this.#openAnswer?.(createRefusal(Code.badGateway, 'the relay does not answer'));
    this.#cancelTimer();
    this.#dropNotification();
    this.#options.ended(this.#close, wasOpen);
  }

  #closeChannel({ code, reason }: PipeClose): void {
    const channel = this.#channel;
    this.#channel = undefined;
    // A channel takes 1000 and the codes from 3000 on (WHATWG WebSockets, close()).
    channel?.close(code >= 3000 && code <= 4999 ? code : 1000, reason);
  }

  #removeObserver(): void {
    this.#observer = undefined;
    this.#dropNotification();
    if (this.#state === 'open') this.#awaitPhone();
  }

  #dropNotification(): void {
    this.#notification?.cancel();
    this.#notification = undefined;
  }

  /** Starts the time anew within which the phone must be heard of. */
  #awaitPhone(): void {
    if (this.#state !== 'open') return;
    const { phoneSilenceMs, registrationMs } = this.#options.limits;
    this.#startTimer(this.#observer ? phoneSilenceMs : registrationMs, () => {
      const close = { code: GatewayCloseCode.phoneSilent, reason: 'the phone fell silent' };
      this.#closeChannel(close);
      this.#end(close);
    });
  }

  #startTimer(delayMs: number, run: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#options.environment.setTimer(delayMs, run);
  }
}
