import { connectChannel, type Channel, type Packet } from '@pairwire/channel/client';

import type { MeterReading, Transport } from '../lab-events.ts';

export const TRANSPORTS = ['websocket', 'streaming', 'long-polling', 'polling'] as const;

/** How long one comparison takes. */
export const RUN_MS = 30_000;

export interface Load {
  /** Messages a second on each transport; 0: none, to see what idling costs. */
  readonly perSecond: number;
  readonly messageBytes: number;
}

/** A value at a moment of the run. */
export interface Sample {
  readonly atMs: number;
  readonly value: number;
}

export type RunState = 'connecting' | 'open' | 'closed';

/** What one transport has cost so far. */
export interface TransportRun {
  state: RunState;
  sent: number;
  returned: number;
  /** Both directions, headers included. */
  readonly bytes: Sample[];
  readonly requests: Sample[];
  /** There and back. */
  readonly delaysMs: Sample[];
}

export interface ComparisonEvents {
  /** Something has changed that is worth drawing. */
  changed(): void;
}

/** Sends the same messages over all four transports at once and notes what each costs. */
export class Comparison {
  readonly load: Load;
  readonly runs: Readonly<Record<Transport, TransportRun>>;
  readonly #events: ComparisonEvents;
  readonly #channels = new Map<Transport, Channel>();
  /** What the meter had counted for earlier comparisons of this session. */
  readonly #before = new Map<Transport, MeterReading>();
  readonly #sentAtMs = new Map<string, number>();
  readonly #startedAtMs = performance.now();
  #sending = 0;
  #ending = 0;
  #endedAtMs: number | undefined;

  /**
   * @param address - of the channels of one transport
   * @param before - the meter's last reading
   */
  constructor(
    load: Load,
    address: (transport: Transport) => string,
    before: Readonly<Partial<Record<Transport, MeterReading>>>,
    events: ComparisonEvents,
  ) {
    this.load = load;
    this.#events = events;
    this.runs = {
      websocket: createRun(),
      streaming: createRun(),
      'long-polling': createRun(),
      polling: createRun(),
    };
    for (const transport of TRANSPORTS) {
      const reading = before[transport];
      if (reading !== undefined) this.#before.set(transport, reading);
      this.#channels.set(transport, this.#open(transport, address(transport)));
    }
    const { perSecond } = load;
    if (perSecond > 0) this.#sending = window.setInterval(() => this.#send(), 1_000 / perSecond);
    this.#ending = window.setTimeout(() => this.stop(), RUN_MS);
  }

  get isOver(): boolean {
    return this.#endedAtMs !== undefined;
  }

  /** From the start to now or to the end, at most the length of a run. */
  get elapsedMs(): number {
    return Math.min(RUN_MS, (this.#endedAtMs ?? performance.now()) - this.#startedAtMs);
  }

  /** What the server's sockets have counted. */
  metered(readings: Readonly<Partial<Record<Transport, MeterReading>>>): void {
    if (this.isOver) return;
    const atMs = this.elapsedMs;
    for (const transport of TRANSPORTS) {
      const now = readings[transport];
      if (now === undefined) continue;
      const before = this.#before.get(transport);
      const { bytes, requests } = this.runs[transport];
      bytes.push({ atMs, value: totalBytes(now) - totalBytes(before) });
      requests.push({ atMs, value: now.requests - (before?.requests ?? 0) });
    }
    this.#events.changed();
  }

  stop(): void {
    if (this.isOver) return;
    this.#endedAtMs = performance.now();
    window.clearInterval(this.#sending);
    window.clearTimeout(this.#ending);
    for (const channel of this.#channels.values()) channel.close();
    this.#events.changed();
  }

  #open(transport: Transport, address: string): Channel {
    const run = this.runs[transport];
    return connectChannel(
      address,
      {
        open: () => {
          run.state = 'open';
          this.#events.changed();
        },
        packet: (packet) => this.#returned(transport, packet),
        close: () => {
          run.state = 'closed';
          this.#events.changed();
        },
      },
      { transport },
    );
  }

  #send(): void {
    // Nobody is ahead because it opened first.
    if (TRANSPORTS.some((transport) => this.runs[transport].state === 'connecting')) return;
    for (const transport of TRANSPORTS) {
      const run = this.runs[transport];
      if (run.state !== 'open') continue;
      const name = String(run.sent);
      this.#sentAtMs.set(`${transport} ${name}`, performance.now());
      this.#channels.get(transport)?.send(`${name} `.padEnd(this.load.messageBytes, '.'));
      run.sent += 1;
    }
  }

  #returned(transport: Transport, packet: Packet): void {
    if (typeof packet !== 'string') return;
    const key = `${transport} ${packet.split(' ', 1)[0]}`;
    const sentAtMs = this.#sentAtMs.get(key);
    if (sentAtMs === undefined) return;
    this.#sentAtMs.delete(key);
    const run = this.runs[transport];
    run.returned += 1;
    run.delaysMs.push({ atMs: this.elapsedMs, value: performance.now() - sentAtMs });
  }
}

function createRun(): TransportRun {
  return { state: 'connecting', sent: 0, returned: 0, bytes: [], requests: [], delaysMs: [] };
}

function totalBytes(reading: MeterReading | undefined): number {
  return reading === undefined ? 0 : reading.receivedBytes + reading.sentBytes;
}

/** The one in the middle; undefined of none. */
export function medianOf(samples: readonly Sample[]): number | undefined {
  const values = samples.map(({ value }) => value).sort((a, b) => a - b);
  return values[values.length >> 1];
}
