/** The phone's end of a pipe over CoAP, in the shape that an endpoint opens. docs/protocol/phone.md. */
import type { OpenPipe, Packet, Pipe, PipeHandler } from '@pairwire/pairing';

import {
  CoapClient,
  Code,
  ContentFormat,
  DEFAULT_COAP_PORT,
  findStrings,
  formatClose,
  OptionNumber,
  parseClose,
  pathOptions,
  PIPE_PATH,
  PIPE_VERSION,
  SegmentReader,
  SegmentWriter,
  stringOption,
  uintOption,
} from '../coap/index.ts';
import type {
  Environment,
  Message,
  Observation,
  PipeClose,
  TransmissionParameters,
} from '../coap/index.ts';
import { nodeEnvironment } from './node-environment.ts';
import { connectUdpSocket, type ConnectedUdpSocket } from './udp-socket.ts';

export interface CoapPipeOptions {
  /** Name or address of the gateway. */
  host: string;
  /** Default 5683. */
  port?: number;
  /** Default: Node's clock, timers and randomness. */
  environment?: Environment;
  /** Retransmission; see TransmissionParameters. */
  transmission?: Partial<TransmissionParameters>;
  /** After this long without an exchange the registration is refreshed. Default 15 000 ms. */
  keepAliveMs?: number;
  /** With more than this waiting to be sent, `send` returns false. Default 65 536. */
  highWaterBytes?: number;
  /** How long `close` may take to send what waits and to be answered. Default 5 000 ms. */
  closeTimeoutMs?: number;
  /** Where datagrams go. Default: a UDP socket. */
  connect?: typeof connectUdpSocket;
}

/**
 * How a pipe over CoAP ends when neither side ended it: codes of RFC 6455's registry (§11.7), so
 * that the two kinds of pipe speak of the same things in the same words.
 */
export const CoapPipeCloseCode = {
  /** Whoever answers is no phone server of this version. */
  protocol: 1002,
  /** Nobody answers, or not any more. */
  lost: 1006,
  /** What came down cannot be read. */
  badSegment: 1007,
  tooLarge: 1009,
  /** The phone server has no room, or this address asked too often. */
  full: 1013,
  /** The phone server cannot reach its relay. */
  relayAbsent: 1014,
} as const;

/** The pipe opens when it is called; it never throws, and calls the handler only later. */
export function createCoapPipe(options: CoapPipeOptions): OpenPipe {
  return (handler) => new CoapPipe(options, handler);
}

type State = 'opening' | 'open' | 'closing' | 'closed';

class CoapPipe implements Pipe {
  readonly #options: Required<Omit<CoapPipeOptions, 'transmission'>>;
  readonly #handler: PipeHandler;
  readonly #client: CoapClient;
  readonly #writer = new SegmentWriter();
  readonly #reader = new SegmentReader();
  #state: State = 'opening';
  #socket: ConnectedUdpSocket | undefined;
  #path: readonly string[] = [];
  #observation: Observation | undefined;
  #putting = false;
  #owesDrain = false;
  /** What the user asked to end with. */
  #close: PipeClose = { code: 1000, reason: '' };
  #cancelKeepAlive = () => {};
  #cancelClose = () => {};

  constructor(options: CoapPipeOptions, handler: PipeHandler) {
    this.#options = {
      port: DEFAULT_COAP_PORT,
      environment: nodeEnvironment,
      keepAliveMs: 15_000,
      highWaterBytes: 65_536,
      closeTimeoutMs: 5000,
      connect: connectUdpSocket,
      ...options,
    };
    this.#handler = handler;
    this.#client = new CoapClient({
      environment: this.#options.environment,
      transmit: (datagram) => this.#socket?.send(datagram),
      parameters: options.transmission ?? {},
      // Our address is new to the gateway: it must learn anew where to send what comes down.
      challenged: () => this.#observation?.refresh(),
    });
    this.#start();
  }

  send(packet: Packet): boolean {
    if (this.#state === 'closing' || this.#state === 'closed') return false;
    this.#writer.push(packet);
    this.#pump();
    this.#owesDrain ||= this.#writer.bufferedBytes > this.#options.highWaterBytes;
    return !this.#owesDrain;
  }

  close(code = 1000, reason = ''): void {
    if (this.#state === 'closing' || this.#state === 'closed') return;
    const wasOpen = this.#state === 'open';
    this.#state = 'closing';
    this.#close = { code, reason };
    this.#cancelClose = this.#options.environment.setTimer(
      wasOpen ? this.#options.closeTimeoutMs : 0,
      () => this.#end(this.#close),
    );
    if (wasOpen) this.#pump();
  }

  #start(): void {
    const { host, port, connect } = this.#options;
    connect({
      host,
      port,
      receive: (datagram) => this.#client.receive(datagram),
      unreachable: () => this.#lost(),
    }).then(
      (socket) => {
        if (this.#state !== 'opening') return socket.close();
        this.#socket = socket;
        this.#create();
      },
      () => this.#lost(),
    );
  }

  #create(): void {
    const request = {
      code: Code.post,
      options: [
        ...pathOptions([PIPE_PATH]),
        uintOption(OptionNumber.contentFormat, ContentFormat.text),
      ],
      payload: new TextEncoder().encode(PIPE_VERSION),
    };
    this.#client.request(request, {
      response: (response) => {
        const path = findStrings(response.options, OptionNumber.locationPath) ?? [];
        if (response.code !== Code.created || path.length === 0) return this.#refused(response);
        this.#path = path;
        this.#observe();
      },
      failed: (failure) => {
        if (failure === 'no-response') this.#end(describe('relayAbsent'));
        else this.#lost();
      },
    });
  }

  #observe(): void {
    if (this.#state !== 'opening') return;
    this.#observation = this.#client.observe(
      { code: Code.get, options: pathOptions(this.#path) },
      {
        notification: (notification) => this.#receive(notification),
        ended: (response) => this.#refused(response),
        failed: () => this.#lost(),
      },
    );
  }

  /** The answer to the registration is empty; everything else carries a segment. */
  #receive({ payload }: Message): void {
    this.#heard();
    if (this.#state === 'opening') {
      this.#state = 'open';
      this.#handler.open?.();
      this.#pump();
    }
    if (payload.length === 0) return;
    const read = this.#reader.receive(payload);
    if (!read.ok) return this.#end(describe('badSegment'));
    for (const packet of read.packets) {
      if (this.#isOpen()) this.#handler.packet(packet);
    }
  }

  /** Sends what waits, one segment at a time, then the end if it was asked for. */
  #pump(): void {
    if (this.#putting || (this.#state !== 'open' && this.#state !== 'closing')) return;
    const segment = this.#writer.current;
    if (segment) this.#put(segment);
    else if (this.#state === 'closing') this.#delete();
  }

  #put(segment: Uint8Array): void {
    this.#putting = true;
    const request = {
      code: Code.put,
      options: [
        ...pathOptions(this.#path),
        uintOption(OptionNumber.contentFormat, ContentFormat.octetStream),
      ],
      payload: segment,
    };
    this.#client.request(request, {
      response: (response) => {
        if (response.code !== Code.changed) return this.#refused(response);
        this.#putting = false;
        this.#heard();
        this.#writer.acknowledge();
        this.#pump();
        this.#drain();
      },
      failed: () => this.#lost(),
    });
  }

  #delete(): void {
    this.#putting = true;
    const request = {
      code: Code.delete,
      options: [
        ...pathOptions(this.#path),
        stringOption(OptionNumber.uriQuery, `close=${formatClose(this.#close)}`),
      ],
    };
    const end = () => this.#end(this.#close);
    this.#client.request(request, { response: end, failed: end });
  }

  #drain(): void {
    if (!this.#owesDrain || this.#writer.bufferedBytes > this.#options.highWaterBytes / 2) return;
    this.#owesDrain = false;
    if (this.#isOpen()) this.#handler.drain?.();
  }

  /** Keeps the way through routers open, and notices when the gateway is gone. */
  #heard(): void {
    this.#cancelKeepAlive();
    this.#cancelKeepAlive = this.#options.environment.setTimer(this.#options.keepAliveMs, () => {
      this.#observation?.refresh();
      this.#heard();
    });
  }

  #refused({ code, payload }: Message): void {
    const close = parseClose(new TextDecoder().decode(payload));
    if (code === Code.notFound && close && this.#path.length > 0) return this.#end(close);
    if (code === Code.notFound && this.#path.length > 0) return this.#lost();
    this.#end(describe(REFUSALS.get(code) ?? 'protocol'));
  }

  #lost(): void {
    this.#end(describe('lost'));
  }

  #end(close: PipeClose): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#cancelKeepAlive();
    this.#cancelClose();
    this.#client.close();
    this.#socket?.close();
    this.#socket = undefined;
    this.#handler.close(close);
  }

  /** A method, because a field checked before a call to the handler counts as unchanged after it. */
  #isOpen(): boolean {
    return this.#state === 'open';
  }
}

const REFUSALS: ReadonlyMap<number, keyof typeof CoapPipeCloseCode> = new Map([
  [Code.badGateway, 'relayAbsent'],
  [Code.serviceUnavailable, 'full'],
  [Code.tooManyRequests, 'full'],
  [Code.requestEntityTooLarge, 'tooLarge'],
]);

const REASONS = {
  protocol: 'whoever answers is no phone server',
  lost: 'no phone server answers',
  badSegment: 'what the phone server sent cannot be read',
  tooLarge: 'the packet is too large',
  full: 'the phone server takes no more phones now',
  relayAbsent: 'the phone server cannot reach its relay',
} as const satisfies Record<keyof typeof CoapPipeCloseCode, string>;

function describe(name: keyof typeof CoapPipeCloseCode): PipeClose {
  return { code: CoapPipeCloseCode[name], reason: REASONS[name] };
}
