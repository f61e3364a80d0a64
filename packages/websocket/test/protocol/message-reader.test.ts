/** Connections that share readers behave as connections that have one each. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { Connection } from '../../src/protocol/connection.ts';
import { OutputSlab } from '../../src/protocol/output-slab.ts';
import { concat, toHex, utf8 } from './support/bytes.ts';
import { createConnection, describeEvent, output, peerFrame, ROLES } from './support/endpoint.ts';
import type { RawFrame } from './support/raw-frame.ts';

const PEERS = 4;

/** Good and bad ones, so that connections fail and end while others go on. */
const anyFrame: fc.Arbitrary<RawFrame> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      opcode: fc.constantFrom(0, 1, 1, 2, 2, 9, 10),
      fin: fc.constantFrom(true, true, false),
      payload: fc.oneof(fc.uint8Array({ maxLength: 8 }), fc.string({ maxLength: 30 }).map(utf8)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ opcode: fc.constantFrom(3, 8), payload: fc.constant(utf8('')) }),
  },
);

const anyStep = fc.record({
  peer: fc.nat(PEERS - 1),
  frames: fc.array(anyFrame, { maxLength: 4 }),
  cut: fc.double({ min: 0, max: 1, noNaN: true }),
  reads: fc.boolean(),
});

function sharing(role: (typeof ROLES)[number]): Connection[] {
  const options = {
    role,
    maxMessageBytes: 200,
    maxStreamBytes: 0,
    refuseNonMinimalLengths: true,
    maskingKey: () => 0x3d21fa37,
    slab: new OutputSlab(),
  };
  return Array.from({ length: PEERS }, () => new Connection(options));
}

describe.each(ROLES)('%s connections with the same options', (role) => {
  test('do what each does alone, however their chunks come in turn (§5.2, §5.4)', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 40 }), (steps) => {
        const together = sharing(role);
        const alone = together.map(() => createConnection(role, { maxMessageBytes: 200 }));
        const seen = [together, alone].map((connections) => {
          const events = connections.map(() => [] as string[]);
          for (const { peer, frames, cut, reads } of steps) {
            const bytes = concat(...frames.map((frame) => peerFrame(role, frame)));
            const at = Math.floor(cut * bytes.length);
            const connection = connections[peer];
            if (connection === undefined) continue;
            for (const chunk of [bytes.slice(0, at), bytes.slice(at)]) {
              connection.receive(chunk);
              if (reads) events[peer]?.push(...connection.takeEvents().map(describeEvent));
            }
          }
          for (const [peer, connection] of connections.entries()) {
            events[peer]?.push(
              ...connection.takeEvents().map(describeEvent),
              toHex(output(connection)),
            );
          }
          return events;
        });
        expect(seen[0]).toEqual(seen[1]);
      }),
    );
  });

  test('hold no memory while nothing is unfinished', () => {
    const [connection] = sharing(role) as [Connection];
    const message = peerFrame(role, { opcode: 2, payload: utf8('Hello') });
    connection.receive(message.slice(0, 3));
    expect(connection.takeEvents()).toEqual([]);
    connection.receive(message.slice(3));
    expect(connection.takeEvents()).toHaveLength(1);
    expect([connection.unreadBytes, connection.heldBytes]).toEqual([0, 0]);
  });
});
