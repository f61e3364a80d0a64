import { openOnLadder } from '../src/client/climb.ts';
import { LadderMemory } from '../src/client/ladder-memory.ts';
import type { Rung } from '../src/client/ladder.ts';
import { CLIENT_DEFAULTS } from '../src/client/options.ts';
import type { Channel, ChannelHandler, TransportName } from '../src/protocol/channel.ts';
import type { Transport, TransportEvents } from '../src/protocol/transport.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeTransport } from './fake-transport.ts';
import { FakeWebSocket } from './fake-websocket.ts';

export const RUNG_NAMES = ['websocket', 'streaming', 'long-polling', 'polling'] as const;

/** Four transports without wires and everything that was opened on them, newest last. */
export class FakeLadder {
  readonly clock = new FakeClock();
  readonly memory: LadderMemory;
  readonly made: FakeTransport[] = [];
  readonly rungs: Rung[] = RUNG_NAMES.map((name) => ({
    name,
    carry: (events) => this.#carry(name, events),
  }));

  constructor(storage?: Map<string, string>) {
    this.memory = new LadderMemory({
      clock: this.clock,
      ...(storage && {
        storage: {
          getItem: (key) => storage.get(key) ?? null,
          setItem: (key, value) => void storage.set(key, value),
          removeItem: (key) => void storage.delete(key),
        },
      }),
    });
  }

  connect(handler: ChannelHandler): Channel {
    const options = Object.freeze({
      ...CLIENT_DEFAULTS,
      WebSocket: FakeWebSocket,
      fetch: () => Promise.reject(new Error('this ladder has no wires')),
      transport: undefined,
      memory: this.memory,
    });
    const { rungs, memory, clock } = this;
    return openOnLadder({ rungs, options, memory, clock }, memory.order(rungs), handler);
  }

  get names(): TransportName[] {
    return this.made.map(({ name }) => name);
  }

  /** The newest of that name. */
  newest(name: TransportName): FakeTransport {
    const found = this.made.findLast((transport) => transport.name === name);
    if (found === undefined) throw new Error(`${name} was not tried`);
    return found;
  }

  #carry(name: TransportName, events: TransportEvents): Transport {
    const transport = new FakeTransport(events, name);
    this.made.push(transport);
    return transport;
  }
}

export const LOST = { code: 1006, reason: '', wasClean: false };
