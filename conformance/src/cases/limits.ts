/** §10.4 and engines' own promises: sizes, floods, peers that do not read. */
import type { FrameCase } from '../case.ts';
import { Deviation } from '../case.ts';
import type { RawPeer } from '../raw-peer.ts';
import { Opcode } from '../wire.ts';

export const limits: FrameCase[] = [
  {
    id: 'limit.message.exact',
    title: 'takes a message of exactly the limit',
    section: '10.4',
    level: 'strict',
    async run(peer, { maxMessageBytes }) {
      const payload = Buffer.alloc(maxMessageBytes, 1);
      peer.sendFrame({ opcode: Opcode.binary, payload });
      await peer.expectMessage(Opcode.binary, payload);
      await peer.closeCleanly();
    },
  },
  {
    id: 'limit.message.header-over',
    title: 'refuses a frame over the limit on its header alone',
    section: '10.4',
    level: 'strict',
    async run(peer, { maxMessageBytes }) {
      peer.sendFrame({ opcode: Opcode.binary, claimedLength: BigInt(maxMessageBytes) + 1n });
      await peer.expectClose(1009);
    },
  },
  {
    id: 'limit.message.fragments-over',
    title: 'refuses fragments that pass the limit together, at the header that passes it',
    section: '10.4',
    level: 'strict',
    async run(peer, { maxMessageBytes }) {
      const half = Buffer.alloc(Math.ceil(maxMessageBytes / 2), 1);
      peer.sendFrame({ opcode: Opcode.binary, payload: half, fin: false });
      peer.sendFrame({ opcode: Opcode.continuation, payload: half, fin: false });
      peer.sendFrame({ opcode: Opcode.continuation, claimedLength: 100n });
      await peer.expectClose(1009);
    },
  },
  {
    id: 'limit.fragments.one-byte',
    title: 'joins 16,000 fragments of one byte, or refuses them with 1008 or 1009',
    section: '10.4',
    level: 'should',
    async run(peer) {
      const fragment = peer.encode({ opcode: Opcode.continuation, payload: 'x', fin: false });
      peer.sendFrame({ opcode: Opcode.binary, payload: 'x', fin: false });
      for (let i = 0; i < 16; i++) peer.send(Buffer.concat(Array<Buffer>(1000).fill(fragment)));
      peer.sendFrame({ opcode: Opcode.continuation, payload: 'x' });
      const arrival = await peer.next();
      if (arrival.type === 'end') throw new Deviation('TCP ended without a Close frame');
      const { opcode, payload } = arrival.frame;
      const refused = opcode === Opcode.close && [1008, 1009].includes(payload.readUInt16BE(0));
      const joined = opcode === Opcode.binary && payload.length === 16_002;
      if (!refused && !joined) throw new Deviation('neither joined nor refused');
    },
  },
  {
    id: 'limit.ping-flood.not-reading',
    title: 'owes a peer that does not read a bounded number of pongs',
    section: '5.5.3',
    level: 'strict',
    async run(peer) {
      peer.pauseReading();
      const ping = peer.encode({ opcode: Opcode.ping, payload: Buffer.alloc(125, 'p') });
      const batch = Buffer.concat(Array<Buffer>(1000).fill(ping));
      const batches = 100;
      for (let i = 0; i < batches; i++) peer.send(batch);
      peer.sendFrame({ opcode: Opcode.text, payload: 'still there' });
      peer.resumeReading();
      for (;;) {
        const arrival = await peer.next();
        if (arrival.type === 'end') throw new Deviation('TCP ended without a Close frame');
        const { opcode, payload } = arrival.frame;
        if (opcode === Opcode.pong) continue;
        if (opcode === Opcode.text && payload.toString() === 'still there') break;
        throw new Deviation(`opcode ${opcode} came`);
      }
      await peer.closeCleanly();
    },
  },
  {
    id: 'limit.echo.not-reading',
    title: 'stops taking in what it cannot pass on while its peer does not read, or closes',
    section: '10.4',
    level: 'strict',
    async run(peer) {
      peer.pauseReading();
      const payload = Buffer.alloc(65_536, 'e');
      const frame = peer.encode({ opcode: Opcode.binary, payload });
      const total = 512;
      for (let i = 0; i < total; i++) peer.send(frame);
      // The engine may hold its limits' worth and the kernel its windows', not the 32 MiB offered.
      await stalled(peer);
      const stopped = peer.unsentBytes > 0;
      peer.resumeReading();
      if (!stopped) {
        const echoes = await messagesUntilEnd(peer, total);
        if (echoes === total) throw new Deviation('took in 32 MiB without an end');
        return;
      }
      for (let i = 0; i < total; i++) await peer.expectMessage(Opcode.binary, payload);
      await peer.closeCleanly();
    },
  },
];

/** How many whole messages come before the engine ends the connection, if it does. */
async function messagesUntilEnd(peer: RawPeer, atMost: number): Promise<number> {
  for (let messages = 0; messages < atMost; messages++) {
    const arrival = await peer.next();
    if (arrival.type === 'end' || arrival.frame.opcode === Opcode.close) return messages;
  }
  return atMost;
}

/** Waits until the peer has taken nothing more for a while, or everything. */
async function stalled(peer: { readonly unsentBytes: number }): Promise<void> {
  let before = -1;
  while (peer.unsentBytes !== before && peer.unsentBytes > 0) {
    before = peer.unsentBytes;
    await new Promise((resolve) => {
      setTimeout(resolve, 300);
    });
  }
}
