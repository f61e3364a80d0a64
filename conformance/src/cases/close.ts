/** §5.5.1, §7: the closing handshake and its codes; Autobahn's group 7. */
import type { FrameCase } from '../case.ts';
import { Deviation } from '../case.ts';
import { closePayload, Opcode } from '../wire.ts';

const ECHOED = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
const REGISTERED_LATER = [1012, 1013, 1014];
const FORBIDDEN = [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535];

export const close: FrameCase[] = [
  ...[...ECHOED, ...REGISTERED_LATER].map((code): FrameCase => ({
    id: `close.code.${code}`,
    title: `answers Close ${code} with the same code`,
    section: '5.5.1',
    level: ECHOED.includes(code) ? 'must' : 'should',
    async run(peer) {
      peer.sendFrame({ opcode: Opcode.close, payload: closePayload(code) });
      await peer.expectClose(code, 1000);
    },
  })),
  ...FORBIDDEN.map((code): FrameCase => ({
    id: `close.code.${code}`,
    title: `fails the connection on Close ${code}`,
    section: '7.4',
    level: 'must',
    async run(peer) {
      peer.sendFrame({ opcode: Opcode.close, payload: closePayload(code) });
      await peer.expectClose(1002);
    },
  })),
  {
    id: 'close.empty',
    title: 'answers an empty Close with a Close',
    section: '5.5.1',
    level: 'must',
    async run(peer) {
      peer.sendFrame({ opcode: Opcode.close });
      await peer.expectClose(undefined, 1000);
    },
  },
  {
    id: 'close.one-byte',
    title: 'fails the connection on a Close with one byte',
    section: '5.5.1',
    level: 'must',
    async run(peer) {
      peer.sendFrame({ opcode: Opcode.close, payload: Buffer.from([3]) });
      await peer.expectClose(1002);
    },
  },
  ...[1, 50, 123].map((length): FrameCase => ({
    id: `close.reason.${length}`,
    title: `answers a Close with a reason of ${length} bytes`,
    section: '5.5.1',
    level: 'must',
    async run(peer) {
      const payload = closePayload(1000, 'r'.repeat(length));
      peer.sendFrame({ opcode: Opcode.close, payload });
      await peer.expectClose(1000);
    },
  })),
  {
    id: 'close.reason.124',
    title: 'fails the connection on a Close of 126 bytes',
    section: '5.5',
    level: 'must',
    async run(peer) {
      peer.sendFrame({ opcode: Opcode.close, payload: closePayload(1000, 'r'.repeat(124)) });
      await peer.expectClose(1002);
    },
  },
  {
    id: 'close.reason.invalid-utf8',
    title: 'fails the connection on a close reason that is not UTF-8',
    section: '8.1',
    level: 'must',
    async run(peer) {
      const payload = closePayload(1000, Buffer.from('cebae1bdb9cf83eda080', 'hex'));
      peer.sendFrame({ opcode: Opcode.close, payload });
      await peer.expectClose(1007);
    },
  },
  ...(['text', 'ping', 'close'] as const).map((kind): FrameCase => ({
    id: `close.then.${kind}`,
    title: `ignores a ${kind} frame after the Close`,
    section: '5.5.1',
    level: 'must',
    async run(peer) {
      const payload = kind === 'close' ? closePayload(1001) : 'late';
      peer.send(
        Buffer.concat([
          peer.encode({ opcode: Opcode.close, payload: closePayload(1000) }),
          peer.encode({ opcode: Opcode[kind], payload }),
        ]),
      );
      await peer.expectClose(1000);
    },
  })),
  {
    id: 'close.after-echo',
    title: 'sends what it owes before it answers the Close',
    section: '5.5.1',
    level: 'should',
    async run(peer) {
      const payload = Buffer.alloc(65_536, 'x');
      peer.send(
        Buffer.concat([
          peer.encode({ opcode: Opcode.text, payload }),
          peer.encode({ opcode: Opcode.close, payload: closePayload(1000) }),
        ]),
      );
      await peer.expectMessage(Opcode.text, payload);
      await peer.expectClose(1000);
    },
  },
  {
    id: 'close.tcp-first',
    title: 'ends its side when TCP ends without a Close',
    section: '7.1.5',
    level: 'must',
    async run(peer) {
      peer.sendFrame({ opcode: Opcode.text, payload: 'last words' });
      await peer.expectMessage(Opcode.text, 'last words');
      peer.halfClose();
      const arrival = await peer.next();
      if (arrival.type === 'frame' && arrival.frame.opcode !== Opcode.close) {
        throw new Deviation('sent something after the end');
      }
    },
  },
];
