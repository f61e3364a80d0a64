/** §5.5.2, §5.5.3: ping and pong; Autobahn's group 2. */
import type { FrameCase } from '../case.ts';
import { Deviation } from '../case.ts';
import { Opcode } from '../wire.ts';

const payloads: [string, Buffer][] = [
  ['empty', Buffer.alloc(0)],
  ['text', Buffer.from('Hello, world!')],
  ['binary', Buffer.from('00fffefdfcfb00ff', 'hex')],
  ['125', Buffer.alloc(125, 0xfe)],
];

const pongs: FrameCase[] = payloads.map(([name, payload]) => ({
  id: `ping.${name}`,
  title: `answers a ping (${name} payload) with the same payload`,
  section: '5.5.3',
  level: 'must',
  async run(peer) {
    peer.sendFrame({ opcode: Opcode.ping, payload });
    await peer.expectPong(payload);
    await peer.closeCleanly();
  },
}));

export const controlFrames: FrameCase[] = [
  ...pongs,
  {
    id: 'ping.split',
    title: 'answers a ping that comes byte by byte',
    section: '5.5.3',
    level: 'must',
    async run(peer) {
      const payload = Buffer.alloc(125, 0xfe);
      await peer.sendInPieces(peer.encode({ opcode: Opcode.ping, payload }), 1);
      await peer.expectPong(payload);
      await peer.closeCleanly();
    },
  },
  {
    id: 'ping.many',
    title: 'answers the newest of ten pings sent at once, and no ping out of order',
    section: '5.5.3',
    level: 'must',
    async run(peer) {
      const all = Array.from({ length: 10 }, (_, i) => `ping ${i}`);
      peer.send(Buffer.concat(all.map((payload) => peer.encode({ opcode: Opcode.ping, payload }))));
      let newest = -1;
      while (newest < 9) {
        const arrival = await peer.next();
        if (arrival.type === 'end') throw new Deviation('the connection ended');
        const index = all.indexOf(arrival.frame.payload.toString());
        if (arrival.frame.opcode !== Opcode.pong || index <= newest) {
          throw new Deviation('something else than the next pong came');
        }
        newest = index;
      }
      await peer.closeCleanly();
    },
  },
  {
    id: 'ping.126',
    title: 'fails the connection on a ping of 126 bytes',
    section: '5.5',
    level: 'must',
    async run(peer) {
      peer.sendFrame({ opcode: Opcode.ping, payload: Buffer.alloc(126, 0xfe) });
      await peer.expectClose(1002);
    },
  },
  {
    id: 'ping.126.header-only',
    title: 'fails the connection on the header of a too long ping, before its payload comes',
    section: '5.5',
    level: 'strict',
    async run(peer) {
      peer.sendFrame({ opcode: Opcode.ping, claimedLength: 126n });
      await peer.expectClose(1002);
    },
  },
  ...(['ping', 'pong', 'close'] as const).map((kind): FrameCase => ({
    id: `${kind}.fragmented`,
    title: `fails the connection on a fragmented ${kind}`,
    section: '5.5',
    level: 'must',
    async run(peer) {
      peer.sendFrame({ opcode: Opcode[kind], fin: false });
      await peer.expectClose(1002);
    },
  })),
  ...payloads.map(([name, payload]): FrameCase => ({
    id: `pong.unsolicited.${name}`,
    title: `takes an unsolicited pong (${name} payload) silently`,
    section: '5.5.3',
    level: 'must',
    async run(peer) {
      peer.sendFrame({ opcode: Opcode.pong, payload });
      peer.sendFrame({ opcode: Opcode.ping, payload: 'mine' });
      await peer.expectPong('mine');
      await peer.closeCleanly();
    },
  })),
];
