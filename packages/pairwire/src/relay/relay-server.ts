import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

import {
  CHANNEL_PATH,
  ChannelServer,
  refuseUpgrade,
  type UpgradeRefusal,
} from '@pairwire/channel/server';

import { Access } from './access.ts';
import { clientAddressOf } from './client-address.ts';
import { PROBLEMS, send, sendJson, sendProblem, setSecurityHeaders } from './http-answer.ts';
import { codeOf } from './link-service.ts';
import { SILENT_LOG, type RelayLog } from './log.ts';
import { RelayMetrics } from './metrics.ts';
import { createAddressSet, type AddressSet } from './network-address.ts';
import type { RelayOptions } from './options.ts';
import { Relay, type RelayParts } from './relay.ts';

/**
 * The relay as part of an HTTP server: channels under `/channel`, `/healthz`, `/readyz` and
 * `/metrics`. Every other path is left to whoever owns the server.
 */
export class RelayServer {
  readonly relay: Relay;
  readonly access: Access;
  readonly #log: RelayLog;
  readonly #metrics: RelayMetrics;
  readonly #channels: ChannelServer;
  readonly #isTrustedProxy: AddressSet;

  /** @throws {TypeError | RangeError} on an unknown option, a wrong type or an impossible value */
  constructor(options: RelayOptions = {}, parts: RelayParts = {}) {
    this.relay = new Relay(options, parts);
    this.access = new Access(this.relay.options);
    this.#log = parts.log ?? SILENT_LOG;
    this.#metrics = new RelayMetrics(this.relay.counters);
    this.#isTrustedProxy = createAddressSet(this.relay.options.trustedProxies);
    this.#channels = this.#createChannels();
  }

  /** The client's address, as far as it can be believed; '' when the socket is gone. */
  clientAddress(request: IncomingMessage): string {
    return clientAddressOf(request, this.#isTrustedProxy);
  }

  /** @returns false: not a path of the relay; nothing was done */
  handleRequest(request: IncomingMessage, response: ServerResponse): boolean {
    const path = pathOf(request);
    if (!isOwnPath(path)) return false;
    if (path.startsWith(CHANNEL_PATH)) {
      this.#serveChannel(request, response);
    } else if (!this.access.isAllowedHost(request.headers.host)) {
      sendProblem(request, response, PROBLEMS.host);
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      sendProblem(request, response, PROBLEMS.method);
    } else {
      this.#answer(path, request, response).catch((error: unknown) => {
        this.#handlerFailed(error);
        response.destroy();
      });
    }
    return true;
  }

  /** @returns false: not a path of the relay; nothing was done */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const path = pathOf(request);
    if (!isOwnPath(path)) return false;
    const problem = this.#findProblem(request);
    if (problem !== undefined) refuseUpgrade(socket, problem);
    else if (!this.#channels.handleUpgrade(request, socket, head)) {
      refuseUpgrade(socket, PROBLEMS.path);
    }
    return true;
  }

  /**
   * Ends all channels so that their owners come back to whoever follows, and waits until their
   * sockets are gone. The HTTP server is its owner's to close, afterwards.
   */
  async close(options: { timeoutMs?: number } = {}): Promise<void> {
    this.relay.close();
    await this.#channels.close(options);
  }

  /** Any method: what a channel is asked by POST is its own business. */
  #serveChannel(request: IncomingMessage, response: ServerResponse): void {
    const problem = this.#findProblem(request);
    if (problem !== undefined) return sendProblem(request, response, problem);
    setSecurityHeaders(response);
    const isHandled = this.#channels.handleRequest(request, response);
    if (!isHandled) sendProblem(request, response, PROBLEMS.path);
  }

  #findProblem({ headers }: IncomingMessage): UpgradeRefusal | undefined {
    if (!this.access.isAllowedHost(headers.host)) return PROBLEMS.host;
    if (!this.access.isAllowedOrigin(headers.origin, headers.host)) return PROBLEMS.origin;
    return undefined;
  }

  #createChannels(): ChannelServer {
    const { relay } = this;
    const { maxQueuedBytes, maxChannels } = relay.options;
    const clientAddress = (request: IncomingMessage) => this.clientAddress(request);
    return new ChannelServer({
      accept: (channel) => relay.accept(channel),
      clientAddress,
      admit: (request) => this.#findLimit(clientAddress(request)),
      // Host and Origin were checked before the request came here.
      origins: 'dangerously-any',
      // The relay's own limit comes first, and its close code says more.
      maxBufferedBytes: 2 * maxQueuedBytes,
      maxChannels,
      // `admit` knows which addresses are without a limit.
      maxHttpChannelsPerAddress: 0,
      failed: (error) => this.#handlerFailed(error),
    });
  }

  /** A defect of ours: counted and logged by its code, as its message may hold anything. */
  #handlerFailed(error: unknown): void {
    this.relay.counters.handlerFailures += 1;
    this.#log.error({ code: codeOf(error) }, 'a request could not be served');
  }

  #findLimit(address: string): UpgradeRefusal | undefined {
    if (this.relay.isClosing) return PROBLEMS.closing;
    if (this.relay.size >= this.relay.options.maxChannels) return PROBLEMS.full;
    return this.relay.hasTooManyChannels(address) ? PROBLEMS.channels : undefined;
  }

  async #answer(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (path === '/healthz') return sendJson(request, response, 200, { status: 'alive' });
    if (path === '/readyz') return this.#answerReadiness(request, response);
    const text = await this.#metrics.text();
    send(request, response, 200, this.#metrics.contentType, text);
  }

  async #answerReadiness(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.relay.isClosing) return sendProblem(request, response, PROBLEMS.closing);
    try {
      await this.relay.checkStore();
      sendJson(request, response, 200, { status: 'ready' });
    } catch (error) {
      this.#log.error({ code: codeOf(error) }, 'the link store failed');
      sendProblem(request, response, PROBLEMS.store);
    }
  }
}

const OWN_PATHS = ['/healthz', '/readyz', '/metrics', CHANNEL_PATH];

function isOwnPath(path: string): boolean {
  return OWN_PATHS.includes(path) || path.startsWith(`${CHANNEL_PATH}/`);
}

/** The path as it came, without the query; nothing is decoded, so nothing can be disguised. */
function pathOf({ url = '/' }: IncomingMessage): string {
  return /^[^?#]*/.exec(url)?.[0] ?? '/';
}
