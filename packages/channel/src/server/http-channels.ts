import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { isOriginAllowed } from '@pairwire/websocket';

import { MAX_ENTRY_HEADER_BYTES } from '../protocol/entry.ts';
import { parseNumber } from '../protocol/exchange-numbers.ts';
import {
  CHANNEL_HEADER,
  formatOpening,
  MAX_BATCH_BYTES,
  NUMBER_HEADER,
  parsePath,
  PROTOCOL_HEADER,
  type HttpTransportName,
} from '../protocol/http-binding.ts';
import { SUBPROTOCOL } from '../protocol/subprotocol.ts';
import { AcceptedChannel } from './accepted-channel.ts';
import { ByteBudget } from './byte-budget.ts';
import {
  answerJson,
  answerProblem,
  HTTP_PROBLEMS,
  setChannelHeaders,
  type HttpProblem,
} from './http-answer.ts';
import type { HttpTransportHost, ServerHttpTransport } from './http-transport.ts';
import { ServerLongPollingTransport } from './long-polling-transport.ts';
import type { ResolvedServerOptions } from './options.ts';
import { ServerPollingTransport } from './polling-transport.ts';
import { readBody, type BodyProblem } from './request-body.ts';
import { ServerStreamingTransport } from './streaming-transport.ts';

const TRANSPORTS: Readonly<
  Record<HttpTransportName, new (host: HttpTransportHost) => ServerHttpTransport>
> = {
  streaming: ServerStreamingTransport,
  'long-polling': ServerLongPollingTransport,
  polling: ServerPollingTransport,
};

const BODY_PROBLEMS: Readonly<Record<BodyProblem, HttpProblem>> = {
  'too-large': HTTP_PROBLEMS.tooLarge,
  'too-slow': HTTP_PROBLEMS.slowBody,
  // Nobody is there to read it.
  'cut-off': HTTP_PROBLEMS.slowBody,
};

/** How long a browser may remember that a page may ask; longer than it does. */
const PREFLIGHT_AGE_S = 7_200;

interface HttpChannel {
  readonly id: string;
  /** What the limits by address count. */
  readonly address: string;
  readonly transport: ServerHttpTransport;
}

/** The channels over plain HTTP of one server: who they are, and what they may cost together. */
export class HttpChannels {
  readonly #options: ResolvedServerOptions;
  readonly #budget: ByteBudget;
  readonly #maxBodyBytes: number;
  /** Also those that have ended a moment ago, for a client that asks again. */
  readonly #channels = new Map<string, HttpChannel>();
  readonly #countByAddress = new Map<string, number>();
  #size = 0;
  #isClosing = false;
  #allEnded: (() => void) | undefined;

  constructor(options: ResolvedServerOptions) {
    this.#options = options;
    this.#budget = new ByteBudget(options.maxHttpBytes, options.maxHttpBytesPerAddress);
    this.#maxBodyBytes = Math.max(MAX_BATCH_BYTES, options.maxPacketBytes + MAX_ENTRY_HEADER_BYTES);
  }

  /** Channels open now. */
  get size(): number {
    return this.#size;
  }

  /**
   * @param refuse - the last word on an opening
   * @returns false: not a path of these transports; nothing was done
   */
  handleRequest(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    refuse: () => HttpProblem | undefined,
  ): boolean {
    const place = parsePath(path);
    if (place === undefined) return false;
    setChannelHeaders(response);
    const problem = this.#checkOrigin(request, response);
    if (problem !== undefined) answerProblem(response, problem);
    else if (request.method === 'OPTIONS') answerPreflight(response);
    else if (place.node === this.#options.node) this.#exchange(request, response, place.transport);
    else if (place.node !== undefined) answerProblem(response, HTTP_PROBLEMS.channel);
    else if (request.method === 'POST') this.#open(request, response, place.transport, refuse);
    else answerProblem(response, HTTP_PROBLEMS.method);
    return true;
  }

  /** Ends all of them and waits until they know, but not longer than `timeoutMs`. */
  async close(code: number, reason: string, timeoutMs: number): Promise<void> {
    this.#isClosing = true;
    for (const { transport } of this.#channels.values()) transport.close(code, reason);
    if (this.#size > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        this.#allEnded = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    for (const { transport } of this.#channels.values()) transport.terminate();
  }

  /** RFC 6454, and the CORS protocol of WHATWG Fetch for pages of other origins that may connect. */
  #checkOrigin(request: IncomingMessage, response: ServerResponse): HttpProblem | undefined {
    const { origin, host = '' } = request.headers;
    response.setHeader('Vary', 'Origin');
    if (!isOriginAllowed(this.#options.origins, origin, host, request)) return HTTP_PROBLEMS.origin;
    if (origin !== undefined) {
      response.setHeader('Access-Control-Allow-Origin', origin);
      response.setHeader('Access-Control-Expose-Headers', NUMBER_HEADER);
    }
    return undefined;
  }

  #open(
    request: IncomingMessage,
    response: ServerResponse,
    name: HttpTransportName,
    refuse: () => HttpProblem | undefined,
  ): void {
    request.resume();
    const { clientAddress, maxHttpChannelsPerAddress } = this.#options;
    const clientsAddress = clientAddress(request);
    const address = clientsAddress ?? '';
    const count = this.#countByAddress.get(address) ?? 0;
    const isTooMany = maxHttpChannelsPerAddress > 0 && count >= maxHttpChannelsPerAddress;
    const problem =
      (offersProtocol(request) ? undefined : HTTP_PROBLEMS.protocol) ??
      (this.#isClosing || this.#hasTooManyEnded() ? HTTP_PROBLEMS.full : refuse()) ??
      (isTooMany ? HTTP_PROBLEMS.address : undefined);
    if (problem !== undefined) return answerProblem(response, problem);
    const { id, transport } = this.#create(name, address);
    response.setHeader(PROTOCOL_HEADER, SUBPROTOCOL);
    this.#accept(transport, clientsAddress, request);
    answerJson(response, 201, formatOpening({ node: this.#options.node, channel: id }));
  }

  /** Who opens channels and ends them at once is not counted by the number that are open. */
  #hasTooManyEnded(): boolean {
    const { maxChannels } = this.#options;
    return maxChannels > 0 && this.#channels.size >= 2 * maxChannels;
  }

  #create(name: HttpTransportName, address: string): HttpChannel {
    const id = randomBytes(16).toString('base64url');
    this.#size += 1;
    this.#countByAddress.set(address, (this.#countByAddress.get(address) ?? 0) + 1);
    const transport = new TRANSPORTS[name]({
      options: this.#options,
      keep: (bytes) => {
        this.#budget.add(address, bytes);
        return bytes <= 0 || this.#budget.hasRoom(address, 0);
      },
      ended: () => this.#ended(),
      gone: () => this.#gone(id, address),
    });
    const channel = { id, address, transport };
    this.#channels.set(id, channel);
    return channel;
  }

  #accept(
    transport: ServerHttpTransport,
    address: string | undefined,
    request: IncomingMessage,
  ): void {
    const channel = new AcceptedChannel(this.#options, address, (events) =>
      transport.carry(events),
    );
    try {
      channel.start(this.#options.accept(channel, request));
    } catch (error) {
      this.#options.failed(error);
      transport.fault();
    }
  }

  #exchange(request: IncomingMessage, response: ServerResponse, name: HttpTransportName): void {
    const { method, headers } = request;
    const id = headers[CHANNEL_HEADER.toLowerCase()];
    const channel = typeof id === 'string' ? this.#channels.get(id) : undefined;
    if (channel === undefined || channel.transport.name !== name) {
      request.resume();
      return answerProblem(response, HTTP_PROBLEMS.channel);
    }
    const text = headers[NUMBER_HEADER.toLowerCase()];
    const number = parseNumber(typeof text === 'string' ? text : undefined);
    if (!Number.isNaN(number)) response.setHeader(NUMBER_HEADER, number);
    channel.transport.heard();
    if (method === 'POST') this.#readPost(channel, number, request, response);
    else {
      request.resume();
      if (method === 'GET') channel.transport.get(number, response);
      else answerProblem(response, HTTP_PROBLEMS.method);
    }
  }

  #readPost(
    { address, transport }: HttpChannel,
    number: number,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    const stated = Number(request.headers['content-length'] ?? this.#maxBodyBytes);
    const reserved = Math.min(stated, this.#maxBodyBytes);
    if (!this.#budget.hasRoom(address, reserved)) {
      request.resume();
      return answerProblem(response, HTTP_PROBLEMS.full);
    }
    this.#budget.add(address, reserved);
    readBody(request, this.#maxBodyBytes, (body) => {
      this.#budget.add(address, -reserved);
      if (typeof body !== 'string') transport.post(number, body, response);
      else {
        if (body === 'too-large') transport.tooLarge();
        answerProblem(response, BODY_PROBLEMS[body]);
      }
    });
  }

  #ended(): void {
    this.#size -= 1;
    if (this.#size === 0) this.#allEnded?.();
  }

  #gone(id: string, address: string): void {
    this.#channels.delete(id);
    const count = (this.#countByAddress.get(address) ?? 0) - 1;
    if (count > 0) this.#countByAddress.set(address, count);
    else this.#countByAddress.delete(address);
  }
}

function offersProtocol({ headers }: IncomingMessage): boolean {
  const offered = headers[PROTOCOL_HEADER.toLowerCase()];
  return String(offered ?? '')
    .split(',')
    .some((name) => name.trim() === SUBPROTOCOL);
}

function answerPreflight(response: ServerResponse): void {
  response.writeHead(204, {
    'Access-Control-Allow-Methods': 'GET, POST',
    'Access-Control-Allow-Headers': [
      'Content-Type',
      PROTOCOL_HEADER,
      CHANNEL_HEADER,
      NUMBER_HEADER,
    ].join(', '),
    'Access-Control-Max-Age': String(PREFLIGHT_AGE_S),
  });
  response.end();
}
