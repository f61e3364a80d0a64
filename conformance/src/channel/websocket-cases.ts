/** docs/protocol/channel.md §4: the transport over WebSocket. */
import { Deviation } from '../case.ts';
import type { RawPeer } from '../raw-peer.ts';
import { closePayload, Opcode } from '../wire.ts';
import { expectStatus, type ChannelCase } from './channel-case.ts';
import { ELSEWHERE, type ChannelTarget } from './channel-peer.ts';

async function withWebSocket(
  target: ChannelTarget,
  run: (peer: RawPeer) => Promise<void>,
): Promise<void> {
  const peer = await target.upgrade('pairwire.channel.1');
  if (typeof peer === 'number') throw new Deviation(`an upgrade is answered with ${peer}`);
  try {
    await run(peer);
  } finally {
    peer.destroy();
  }
}

/** The server must begin the closing handshake with this code, and end it with TCP. */
async function expectClose(peer: RawPeer, code: number): Promise<void> {
  const arrival = await peer.next();
  const payload = arrival.type === 'frame' ? arrival.frame.payload : Buffer.alloc(0);
  const isClose = arrival.type === 'frame' && arrival.frame.opcode === Opcode.close;
  if (!isClose || payload.length < 2 || payload.readUInt16BE(0) !== code) {
    throw new Deviation(`a Close ${code} was due`);
  }
  peer.sendFrame({ opcode: Opcode.close, payload: payload.subarray(0, 2) });
  await peer.expectTcpEnd();
}

export const WEBSOCKET_CASES: readonly ChannelCase[] = [
  {
    id: 'websocket-opens',
    title: 'opens with the subprotocol, also among others',
    section: '4.1',
    async run(target) {
      for (const protocol of ['pairwire.channel.1', 'chat, pairwire.channel.1']) {
        const peer = await target.upgrade(protocol);
        if (typeof peer === 'number') throw new Deviation(`${protocol} is answered with ${peer}`);
        peer.destroy();
      }
    },
  },
  {
    id: 'websocket-needs-subprotocol',
    title: 'is refused with 400 without the subprotocol',
    section: '4.1',
    async run(target) {
      for (const protocol of [undefined, 'chat', 'pairwire.channel.99']) {
        const answer = await target.upgrade(protocol);
        if (answer !== 400) throw new Deviation('it was not');
      }
    },
  },
  {
    id: 'websocket-needs-upgrade',
    title: 'answers 426 without an upgrade',
    section: '4.1',
    async run(target) {
      const answer = await target.ask({ method: 'GET', path: '/channel/websocket' });
      expectStatus(answer, 426);
      if (answer.headers.upgrade !== 'websocket') throw new Deviation('no Upgrade: websocket');
    },
  },
  {
    id: 'websocket-origins',
    title: 'refuses a page of another origin with 403',
    section: '4.1',
    async run(target) {
      const answer = await target.upgrade('pairwire.channel.1', { Origin: ELSEWHERE });
      if (answer !== 403) throw new Deviation('it does not');
    },
  },
  {
    id: 'other-path',
    title: 'answers 404 for another path below /channel',
    section: '4.1',
    async run(target) {
      for (const path of ['/channel/pigeon', '/channel/websocket/node']) {
        expectStatus(await target.ask({ method: 'GET', path }), 404);
      }
    },
  },
  {
    id: 'websocket-packets',
    title: 'carries text and binary, boundaries kept',
    section: '4.2',
    run: (target) =>
      withWebSocket(target, async (peer) => {
        peer.sendFrame({ opcode: Opcode.text, payload: '您好' });
        peer.sendFrame({ opcode: Opcode.binary, payload: Buffer.of(0, 1, 2) });
        await peer.expectMessage(Opcode.text, '您好');
        await peer.expectMessage(Opcode.binary, Buffer.of(0, 1, 2));
      }),
  },
  {
    id: 'websocket-empty-text',
    title: 'ends with 4900 on an empty text',
    section: '4.2',
    run: (target) =>
      withWebSocket(target, async (peer) => {
        peer.sendFrame({ opcode: Opcode.text });
        await expectClose(peer, 4900);
      }),
  },
  {
    id: 'websocket-marks',
    title: 'returns a mark behind what it sent before',
    section: '4.3',
    run: (target) =>
      withWebSocket(target, async (peer) => {
        peer.sendFrame({ opcode: Opcode.text, payload: 'a' });
        peer.sendFrame({ opcode: Opcode.binary });
        await peer.expectMessage(Opcode.text, 'a');
        await peer.expectMessage(Opcode.binary, '');
      }),
  },
  {
    id: 'websocket-too-large',
    title: 'ends with 1009 on a packet that is too long',
    section: '6',
    run: (target) =>
      withWebSocket(target, async (peer) => {
        peer.sendFrame({ opcode: Opcode.binary, payload: Buffer.alloc(66_561) });
        await expectClose(peer, 1009);
      }),
  },
  {
    id: 'websocket-end',
    title: 'ends with code and reason, either side',
    section: '6',
    run: async (target) => {
      await withWebSocket(target, async (peer) => {
        peer.sendFrame({ opcode: Opcode.text, payload: 'close 4123 enough' });
        await expectClose(peer, 4123);
      });
      await withWebSocket(target, async (peer) => {
        peer.sendFrame({ opcode: Opcode.close, payload: closePayload(4321, 'done') });
        await peer.expectClose(4321);
      });
    },
  },
];
