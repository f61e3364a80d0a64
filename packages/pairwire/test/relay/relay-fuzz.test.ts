import { encodeEnvelope, type EnvelopeKind } from '@pairwire/pairing/rendezvous';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { MemoryStore } from '../../src/relay/memory-store.ts';
import { settle } from './fake-clock.ts';
import { Harness, KEY, linkId, OTHER_KEY, SOME_TOKEN, type Peer } from './harness.ts';

const PEERS = 4;
const MAX_LINKS = 3;

type Action =
  | { do: 'request'; peer: number; request: Record<string, unknown> }
  | { do: 'text'; peer: number; text: string }
  | { do: 'envelope'; peer: number; kind: number; link: number; bytes: number }
  | { do: 'bytes'; peer: number; bytes: Uint8Array }
  | { do: 'lose'; peer: number }
  | { do: 'stop reading'; peer: number }
  | { do: 'drain'; peer: number }
  | { do: 'wait'; ms: number };

const peer = fc.nat(PEERS - 1);
const link = fc.integer({ min: 1, max: 5 });
const request = fc.record(
  {
    type: fc.constantFrom('open', 'visit', 'claim', 'again', 'meet', 'accept', 'end', 'attached'),
    v: fc.constantFrom(1, 1, 1, 2),
    link: link.map(linkId),
    key: fc.constantFrom(KEY, OTHER_KEY),
    side: fc.constantFrom('page', 'phone'),
    // 'its own' stands for a token the relay gave to this peer.
    token: fc.constantFrom('its own', SOME_TOKEN),
    epoch: fc.constantFrom('this', 'foreign'),
    reason: fc.constantFrom('happy', 'scary', 'crowded'),
  },
  { requiredKeys: ['type', 'link', 'v'] },
);
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ do: fc.constant('request' as const), peer, request }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('envelope' as const),
      peer,
      kind: fc.integer({ min: 0, max: 5 }),
      link,
      bytes: fc.constantFrom(0, 8, 5_000, 65_000, 66_000),
    }),
  },
  fc.record({ do: fc.constant('text' as const), peer, text: fc.string({ maxLength: 5_000 }) }),
  fc.record({ do: fc.constant('text' as const), peer, text: fc.json() }),
  fc.record({ do: fc.constant('bytes' as const), peer, bytes: fc.uint8Array() }),
  fc.record({ do: fc.constant('lose' as const), peer }),
  fc.record({ do: fc.constant('stop reading' as const), peer }),
  fc.record({ do: fc.constant('drain' as const), peer }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 1_000, 60_000, 600_000) }),
);

/** Only the fields a request of that type has, so that most of them are understood. */
const FIELDS: Record<string, string[]> = {
  open: ['v', 'link', 'key'],
  visit: ['v', 'link'],
  claim: ['v', 'link'],
  again: ['v', 'link', 'side', 'token', 'epoch'],
  meet: ['v', 'link', 'side'],
  accept: ['link'],
  end: ['link', 'reason'],
};

class World {
  readonly harness = new Harness({ maxLinks: MAX_LINKS, maxLinksPerChannel: 2 });
  #peers: Peer[] = Array.from({ length: PEERS }, () => this.harness.connect());
  #token = SOME_TOKEN;

  async run(step: Action): Promise<void> {
    if (step.do === 'wait') return this.harness.clock.advance(step.ms);
    const { channel } = this.#alive(step.peer);
    switch (step.do) {
      case 'request':
        return this.#request(channel.receive.bind(channel), step.request);
      case 'text':
        return channel.receive(step.text);
      case 'bytes':
        return channel.receive(step.bytes);
      case 'envelope':
        return channel.receive(
          encodeEnvelope({
            kind: step.kind as EnvelopeKind,
            link: Buffer.from(linkId(step.link), 'base64url'),
            body: new Uint8Array(step.bytes),
          }),
        );
      case 'lose':
        return channel.lose();
      case 'stop reading':
        channel.isReading = false;
        return;
      case 'drain':
        return channel.drain();
    }
  }

  /** Every bound that must hold at any time, and whether it does. */
  bounds(): Record<string, boolean> {
    const { relay } = this.harness;
    const counted = Object.values(relay.counters.links);
    return {
      'links within their limit': relay.links <= MAX_LINKS,
      'channels within their number': relay.size <= PEERS,
      'links counted right': counted.reduce((sum, n) => sum + n, 0) === relay.links,
      'no negative count': Math.min(...counted) >= 0,
      'queues within their limit': this.#peers.every(
        ({ channel }) => channel.bufferedBytes <= relay.options.maxQueuedBytes,
      ),
      'no failure inside': relay.counters.storeFailures === 0,
    };
  }

  /** Everybody goes, and an hour passes. */
  async end(): Promise<Record<string, unknown>> {
    await settle();
    for (const { channel } of this.#peers) channel.lose();
    await settle();
    const { relay, clock, store } = this.harness;
    await clock.advance(3_600_000);
    const kept = (store as MemoryStore).size;
    return { links: relay.links, channels: relay.size, timers: clock.pendingTimers, kept };
  }

  #request(receive: (text: string) => void, fields: Record<string, unknown>): void {
    const names = ['type', ...(FIELDS[String(fields['type'])] ?? Object.keys(fields))];
    const chosen = Object.fromEntries(names.map((name) => [name, fields[name]]));
    if (chosen['token'] === 'its own') chosen['token'] = this.#token;
    if (chosen['epoch'] === 'this') chosen['epoch'] = this.harness.relay.epoch;
    receive(JSON.stringify(chosen));
  }

  /** A peer whose channel has ended is replaced by a new one; every reply must be well-formed. */
  #alive(index: number): Peer {
    for (const known of this.#peers) {
      for (const reply of known.take()) if ('token' in reply) this.#token = reply.token;
    }
    const current = this.#peers[index];
    if (current !== undefined && current.channel.state === 'open') return current;
    const next = this.harness.connect();
    this.#peers[index] = next;
    return next;
  }
}

const ALL_HOLD = Object.fromEntries(Object.keys(new World().bounds()).map((name) => [name, true]));

test('no sequence of packets, losses and waits breaks the relay or leaves anything behind (property)', async () => {
  expect.hasAssertions();
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 60 }), async (steps) => {
      const world = new World();
      for (const step of steps) {
        await world.run(step);
        // Not always, so that packets also meet a relay that is busy with the one before.
        if (step.do !== 'request') await settle();
        expect(world.bounds()).toEqual(ALL_HOLD);
      }
      expect(await world.end()).toEqual({ links: 0, channels: 0, timers: 0, kept: 0 });
    }),
    { numRuns: 300 },
  );
}, 60_000);
