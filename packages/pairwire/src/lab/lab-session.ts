import type { IncomingMessage } from 'node:http';

import type { ServerChannel } from '@pairwire/channel/server';

import { ChatTap } from './chat-tap.ts';
import { examineFrames } from './examine-frames.ts';
import { examineHandshake } from './examine-handshake.ts';
import { LAB_LIMITS, LabCloseCode } from './limits.ts';
import { parseLabRequest, type LabEvent, type LabRefusal, type LabRequest } from './messages.ts';
import { WireMeter } from './wire-meter.ts';

export interface SessionParts {
  /** Unguessable: who knows it can have connections shown to this session, but see none. */
  readonly id: string;
  readonly nowMs: () => number;
  /** @returns a function that cancels */
  readonly setTimer: (delayMs: number, run: () => void) => () => void;
  /** Whether the client may have something examined now. */
  readonly mayExamine: () => boolean;
  readonly send: (event: LabEvent) => void;
}

/** What one open lab page sees. It ends with the WebSocket that the page holds. */
export class LabSession {
  readonly id: string;
  readonly meter = new WireMeter();
  readonly #parts: SessionParts;
  readonly #startedAtMs: number;
  readonly #taps = new Set<ChatTap>();
  readonly #channels = new Set<ServerChannel>();
  #tapCount = 0;
  #echoes = { second: 0, count: 0 };
  #lastReading = '';
  #cancelMeter: (() => void) | undefined;
  #isOver = false;

  constructor(parts: SessionParts) {
    this.id = parts.id;
    this.#parts = parts;
    this.#startedAtMs = parts.nowMs();
    this.tell({ type: 'session', id: parts.id, lifeMs: LAB_LIMITS.sessionLifeMs });
  }

  get ageMs(): number {
    return this.#parts.nowMs() - this.#startedAtMs;
  }

  /** Watches a connection that named this session; undefined when it watches enough already. */
  tap(request: IncomingMessage): ChatTap | undefined {
    if (this.#isOver || this.#taps.size >= LAB_LIMITS.maxTaps) return undefined;
    this.#tapCount += 1;
    const number = this.#tapCount;
    const tap: ChatTap = new ChatTap(request, {
      tell: (event) => this.tell({ ...event, tap: number, atMs: this.ageMs }),
      ended: () => this.#taps.delete(tap),
    });
    this.#taps.add(tap);
    return tap;
  }

  /** @returns false: the session has enough of them */
  addChannel(channel: ServerChannel): boolean {
    if (this.#isOver || this.#channels.size >= LAB_LIMITS.maxChannels) return false;
    this.#channels.add(channel);
    this.#cancelMeter ??= this.#scheduleMeter();
    return true;
  }

  removeChannel(channel: ServerChannel): void {
    this.#channels.delete(channel);
  }

  /** Whether one more packet may be returned in this second. */
  mayEcho(): boolean {
    const second = Math.floor(this.#parts.nowMs() / 1_000);
    if (this.#echoes.second !== second) this.#echoes = { second, count: 0 };
    this.#echoes.count += 1;
    return this.#echoes.count <= LAB_LIMITS.packetsPerSecond;
  }

  /** A message of the page. */
  received(text: string): void {
    const { id, request } = parseLabRequest(text);
    if (request.type === 'refused') return this.#refuse(id, request.reason);
    this.#do(request);
  }

  tell(event: LabEvent): void {
    if (!this.#isOver) this.#parts.send(event);
  }

  /** Ends its channels; watched connections go on by themselves, unwatched. */
  end(): void {
    this.#isOver = true;
    this.#taps.clear();
    this.#cancelMeter?.();
    for (const channel of this.#channels) channel.close(LabCloseCode.sessionOver, 'session');
    this.#channels.clear();
  }

  #do(request: LabRequest): void {
    switch (request.type) {
      case 'ping':
        for (const tap of this.#taps) tap.ping();
        return;
      case 'close':
        for (const tap of this.#taps) tap.close();
        return;
      case 'examine-frames': {
        const { id, bytes, sender } = request;
        if (!this.#parts.mayExamine()) return this.#refuse(id, 'too-many');
        this.tell({ type: 'frames-examined', id, result: examineFrames(bytes, sender) });
        return;
      }
      case 'examine-handshake': {
        const { id, response } = request;
        if (!this.#parts.mayExamine()) return this.#refuse(id, 'too-many');
        const result = examineHandshake(request.request, response);
        this.tell({ type: 'handshake-examined', id, result });
      }
    }
  }

  #refuse(id: number, reason: LabRefusal): void {
    this.tell({ type: 'refused', id, reason });
  }

  #scheduleMeter(): () => void {
    return this.#parts.setTimer(LAB_LIMITS.meterIntervalMs, () => this.#reportMeter());
  }

  /** Goes on until the last channel has closed and its last bytes are told. */
  #reportMeter(): void {
    const transports = this.meter.read();
    const reading = JSON.stringify(transports);
    this.tell({ type: 'meter', atMs: this.ageMs, transports });
    const isQuiet = this.#channels.size === 0 && reading === this.#lastReading;
    this.#lastReading = reading;
    this.#cancelMeter = isQuiet ? undefined : this.#scheduleMeter();
  }
}
