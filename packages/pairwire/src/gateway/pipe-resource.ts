/**
 * What the gateway serves: `/pipe` opens a pipe, `/pipe/<id>` is one, `/.well-known/core` lists.
 *
 * The id is 128 random bits and works from any validated address: a phone whose router gives it a
 * new port goes on with its pipe.
 */
import type { Channel, ChannelHandler } from '@pairwire/channel/client';

import {
  Code,
  ContentFormat,
  createRefusal,
  formatClose,
  formatLinks,
  OptionNumber,
  parseClose,
  PIPE_PATH,
  PIPE_VERSION,
  uintOption,
  WELL_KNOWN_CORE,
} from '../coap/index.ts';
import type {
  CoapRequest,
  CoapResponse,
  CoapServer,
  Environment,
  PipeClose,
  Respond,
} from '../coap/index.ts';
import { AddressLimits } from './address-limits.ts';
import { GatewayPipe } from './gateway-pipe.ts';
import type { GatewayLimits, GatewayLog } from './options.ts';

const PIPE_ID_BYTES = 16;
/** Reasons kept for phones that ask again; about 300 bytes each. */
const MAX_ENDED = 1024;

export interface PipeResourceOptions {
  environment: Environment;
  limits: GatewayLimits;
  log: GatewayLog;
  notify: CoapServer['notify'];
  /** Opens a channel to the relay on behalf of a phone at that address. */
  connect(handler: ChannelHandler, phoneAddress: string): Channel;
}

/** Counted since the start, for the operator. */
export interface PipeCounters {
  opened: number;
  /** Refused because of a limit. */
  refused: number;
  /** The relay could not be reached. */
  relayAbsent: number;
}

type Target =
  | { type: 'core' }
  | { type: 'pipes' }
  | { type: 'pipe'; pipe: GatewayPipe }
  | { type: 'ended'; close: PipeClose };

export class PipeResource {
  readonly counters: PipeCounters = { opened: 0, refused: 0, relayAbsent: 0 };
  readonly #options: PipeResourceOptions;
  readonly #addresses: AddressLimits;
  readonly #pipes = new Map<string, GatewayPipe>();
  readonly #ended = new Map<string, { close: PipeClose; atMs: number }>();
  #onIdle: (() => void) | undefined;
  #closing = false;

  constructor(options: PipeResourceOptions) {
    this.#options = options;
    this.#addresses = new AddressLimits(options.limits);
  }

  /** Pipes there are, those still opening included. */
  get size(): number {
    return this.#pipes.size;
  }

  /** Refuses what is wrong with a request whoever sent it. Changes nothing. */
  screen(request: CoapRequest): CoapResponse | undefined {
    const target = this.#find(request.path);
    switch (target?.type) {
      case undefined:
        return createRefusal(Code.notFound, 'no such resource');
      case 'ended':
        return createRefusal(Code.notFound, formatClose(target.close));
      case 'core':
        return checkForm(request, [Code.get], ContentFormat.linkFormat);
      case 'pipes':
        return checkForm(request, [Code.post], ContentFormat.text) ?? checkVersion(request);
      case 'pipe':
        return checkForm(request, [Code.get, Code.put, Code.delete], ContentFormat.octetStream);
    }
  }

  /** Serves a request that `screen` let through. */
  request(request: CoapRequest, respond: Respond): void {
    const target = this.#find(request.path);
    if (target?.type === 'core') respond(describeResources());
    else if (target?.type === 'pipes') this.#open(request, respond);
    else if (target?.type !== 'pipe') respond(createRefusal(Code.notFound, 'no such resource'));
    else if (request.code === Code.put) target.pipe.put(request, respond);
    else if (request.code === Code.get) target.pipe.get(request, respond);
    else target.pipe.delete(readClose(request.query), respond);
  }

  /** Ends all pipes and resolves when every phone knows, or when the time for it is over. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const pipe of this.#pipes.values()) pipe.shutDown();
    if (this.#pipes.size > 0) {
      await new Promise<void>((resolve) => {
        const cancel = this.#options.environment.setTimer(this.#options.limits.drainMs, resolve);
        this.#onIdle = () => {
          cancel();
          resolve();
        };
      });
    }
    for (const pipe of this.#pipes.values()) pipe.destroy();
  }

  #find(path: readonly string[]): Target | undefined {
    const [first, id] = path;
    if (path.join('/') === WELL_KNOWN_CORE.join('/')) return { type: 'core' };
    if (first !== PIPE_PATH || path.length > 2) return undefined;
    if (id === undefined) return { type: 'pipes' };
    const pipe = this.#pipes.get(id);
    if (pipe) return { type: 'pipe', pipe };
    const ended = this.#ended.get(id);
    return ended && { type: 'ended', close: ended.close };
  }

  #open({ peer: { address } }: CoapRequest, respond: Respond): void {
    const { environment, limits, log, notify, connect } = this.#options;
    const nowMs = environment.nowMs();
    const refusal = this.#takePlace(address, nowMs);
    if (refusal) {
      this.counters.refused += 1;
      return respond(refusal);
    }
    const id = Buffer.from(environment.randomBytes(PIPE_ID_BYTES)).toString('base64url');
    const pipe = new GatewayPipe({
      id,
      environment,
      limits,
      notify,
      connect: (handler) => connect(handler, address),
      ended: (close, wasOpen) => {
        this.#pipes.delete(id);
        this.#addresses.removePipe(address);
        if (wasOpen) {
          this.#rememberEnded(id, close);
          log.info({ closeCode: close.code, pipes: this.#pipes.size }, 'pipe ended');
        } else {
          this.counters.relayAbsent += 1;
          log.warn({ closeCode: close.code }, 'the relay does not answer');
        }
        if (this.#pipes.size === 0) this.#onIdle?.();
      },
    });
    this.#pipes.set(id, pipe);
    this.counters.opened += 1;
    pipe.open(respond);
  }

  /** Counts the new pipe, or says why there is no room for it. */
  #takePlace(address: string, nowMs: number): CoapResponse | undefined {
    if (this.#closing) return refuseForNow(Code.serviceUnavailable, 'restarting', 1000);
    const waitMs = this.#addresses.takeOpen(address, nowMs);
    if (waitMs !== undefined) return refuseForNow(Code.tooManyRequests, 'too many tries', waitMs);
    if (this.#pipes.size >= this.#options.limits.maxPipes) {
      return refuseForNow(Code.serviceUnavailable, 'the phone server is full', 10_000);
    }
    if (!this.#addresses.addPipe(address)) {
      return refuseForNow(Code.tooManyRequests, 'too many pipes from this address', 10_000);
    }
    return undefined;
  }

  #rememberEnded(id: string, close: PipeClose): void {
    const nowMs = this.#options.environment.nowMs();
    this.#ended.set(id, { close, atMs: nowMs });
    for (const [oldest, { atMs }] of this.#ended) {
      const isOld = nowMs - atMs > this.#options.limits.endedMemoryMs;
      if (!isOld && this.#ended.size <= MAX_ENDED) break;
      this.#ended.delete(oldest);
    }
  }
}

/** Method and formats. A request may leave its formats out; what it names must fit. */
function checkForm(
  { code, contentFormat, accept }: CoapRequest,
  methods: readonly number[],
  format: number,
): CoapResponse | undefined {
  if (!methods.includes(code)) return createRefusal(Code.methodNotAllowed, 'wrong method');
  if (contentFormat !== undefined && contentFormat !== format) {
    return createRefusal(Code.unsupportedContentFormat, `content format ${format} is expected`);
  }
  if (accept !== undefined && accept !== format) {
    return createRefusal(Code.notAcceptable, `content format ${format} is all there is`);
  }
  return undefined;
}

function checkVersion({ payload }: CoapRequest): CoapResponse | undefined {
  if (new TextDecoder().decode(payload) === PIPE_VERSION) return undefined;
  return createRefusal(Code.badRequest, `the body must be ${PIPE_VERSION}`);
}

function describeResources(): CoapResponse {
  const links = [
    { path: [PIPE_PATH], resourceType: PIPE_VERSION, contentFormat: ContentFormat.octetStream },
  ];
  return {
    code: Code.content,
    options: [uintOption(OptionNumber.contentFormat, ContentFormat.linkFormat)],
    payload: new TextEncoder().encode(formatLinks(links)),
  };
}

/** Max-Age tells when to ask again (RFC 7252 §5.9.3.4, RFC 8516 §3). */
function refuseForNow(code: number, diagnostic: string, waitMs: number): CoapResponse {
  const maxAge = uintOption(OptionNumber.maxAge, Math.ceil(waitMs / 1000));
  return createRefusal(code, diagnostic, [maxAge]);
}

/** `?close=<code> <reason>`; without it the phone just leaves. */
function readClose(query: readonly string[]): PipeClose {
  const text = query.find((part) => part.startsWith('close='))?.slice('close='.length);
  return (text === undefined ? undefined : parseClose(text)) ?? { code: 1000, reason: '' };
}
