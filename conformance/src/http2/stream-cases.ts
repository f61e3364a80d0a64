/** What a WebSocket's being a stream among others asks of a server (RFC 8441 §5, RFC 9113 §5). */
import { constants } from 'node:http2';
import type { CaseLimits, Level } from '../case.ts';
import { Deviation, NotApplicable } from '../case.ts';
import type { RawPeer } from '../raw-peer.ts';
import { Opcode } from '../wire.ts';
import type { Http2Client } from './client.ts';
import { within } from './within.ts';

export interface StreamCase {
  id: string;
  title: string;
  section: string;
  level: Level;
  run(client: Http2Client, limits: CaseLimits): Promise<void>;
}

const MANY = 100;

/** What of RFC 6455 §4.2.2 has no place in the answer, and what HTTP/2 forbids. */
const ABSENT = ['sec-websocket-accept', 'upgrade', 'connection', 'transfer-encoding'];
const NOT_ASKED_FOR = ['sec-websocket-protocol', 'sec-websocket-extensions'];

export const streamCases: StreamCase[] = [
  {
    id: 'connect.answer.fields',
    title: 'answers without accept value, Upgrade, Connection, and what was not asked for',
    section: 'RFC 8441 5',
    level: 'must',
    async run(client) {
      const { headers, peer } = await client.open();
      for (const name of [...ABSENT, ...NOT_ASKED_FOR]) {
        if (headers[name] !== undefined) throw new Deviation(`sent ${name}`);
      }
      await peer.closeCleanly();
    },
  },
  {
    id: 'connect.answer.key',
    title: 'computes no accept value from a key',
    section: 'RFC 8441 5',
    level: 'should',
    async run(client) {
      const { headers, peer } = await client.open({
        headers: { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' },
      });
      if (headers['sec-websocket-accept'] !== undefined) throw new Deviation('sent one');
      await peer.closeCleanly();
    },
  },
  {
    id: 'connect.answer.extension',
    title: 'declines an extension that it does not know',
    section: '9.1',
    level: 'must',
    async run(client) {
      const { headers, peer } = await client.open({ extensions: 'x-unknown; a=1' });
      const answer = headers['sec-websocket-extensions'];
      if (answer !== undefined) throw new Deviation(`accepted ${String(answer)}`);
      await peer.closeCleanly();
    },
  },
  {
    id: 'stream.end.with-request',
    title: 'comes to an end when the request ends its stream',
    section: 'RFC 8441 5',
    level: 'must',
    async run(client) {
      const { peer } = await client.open({ endStream: true });
      await untilEnd(peer);
    },
  },
  {
    id: 'stream.end.orderly',
    title: 'ends the stream with END_STREAM after the closing handshake',
    section: 'RFC 8441 5',
    level: 'must',
    async run(client) {
      const { stream, peer } = await client.open();
      const closed = new Promise((resolve) => stream.once('close', resolve));
      await peer.closeCleanly();
      peer.halfClose();
      await within(closed, 'the stream stays open');
      if (stream.rstCode !== constants.NGHTTP2_NO_ERROR) {
        throw new Deviation(`reset with ${stream.rstCode}`);
      }
    },
  },
  {
    id: 'stream.many',
    title: `carries ${MANY} WebSockets on one connection at a time`,
    section: 'RFC 8441 1',
    level: 'must',
    async run(client) {
      const session = await client.connect();
      const allowed = session.remoteSettings.maxConcurrentStreams ?? MANY;
      if (allowed < MANY) throw new NotApplicable(`the server allows ${allowed} streams`);
      const all = await Promise.all(Array.from({ length: MANY }, () => client.open({}, session)));
      all.forEach(({ peer }, i) => peer.sendFrame({ opcode: Opcode.text, payload: `to ${i}` }));
      await Promise.all(all.map(({ peer }, i) => peer.expectMessage(Opcode.text, `to ${i}`)));
      await Promise.all(all.map(({ peer }) => peer.closeCleanly()));
    },
  },
  {
    id: 'stream.reset.sibling',
    title: 'goes on with the other WebSockets of a connection when one is reset',
    section: 'RFC 8441 5',
    level: 'must',
    async run(client) {
      const session = await client.connect();
      const [first, second] = [await client.open({}, session), await client.open({}, session)];
      first.stream.close(constants.NGHTTP2_CANCEL);
      await expectEchoAndClose(second.peer);
    },
  },
  {
    id: 'stream.breach.sibling',
    title: 'fails one WebSocket of a connection for a breach of protocol, and only that one',
    section: 'RFC 8441 5',
    level: 'must',
    async run(client) {
      const session = await client.connect();
      const [first, second] = [await client.open({}, session), await client.open({}, session)];
      first.peer.sendFrame({ opcode: Opcode.text, payload: 'x', masked: false });
      await first.peer.expectClose(1002);
      await expectEchoAndClose(second.peer);
    },
  },
  {
    id: 'stream.flow.sibling',
    title: 'is not held up by a WebSocket of the same connection that is not read',
    section: 'RFC 9113 5.2',
    level: 'must',
    async run(client) {
      const session = await client.connect();
      const [silent, other] = [await client.open({}, session), await client.open({}, session)];
      silent.peer.pauseReading();
      const payload = Buffer.alloc(65_536, 'w');
      for (let i = 0; i < 8; i++) silent.peer.sendFrame({ opcode: Opcode.binary, payload });
      await expectEchoAndClose(other.peer);
      silent.peer.resumeReading();
      for (let i = 0; i < 8; i++) await silent.peer.expectMessage(Opcode.binary, payload);
      await silent.peer.closeCleanly();
    },
  },
  {
    id: 'stream.flow.small-window',
    title: 'echoes through a window of ten bytes',
    section: 'RFC 9113 6.9',
    level: 'must',
    async run(client) {
      const session = await client.connect({ settings: { initialWindowSize: 10 } });
      const { peer } = await client.open({}, session);
      const payload = Buffer.alloc(1000, 's');
      peer.sendFrame({ opcode: Opcode.binary, payload });
      await peer.expectMessage(Opcode.binary, payload);
      await peer.closeCleanly();
    },
  },
  {
    id: 'stream.data.padded',
    title: 'takes DATA frames with padding',
    section: 'RFC 9113 6.1',
    level: 'must',
    async run(client) {
      const session = await client.connect({ paddingStrategy: constants.PADDING_STRATEGY_MAX });
      const { peer } = await client.open({}, session);
      await expectEchoAndClose(peer);
    },
  },
];

async function expectEchoAndClose(peer: RawPeer): Promise<void> {
  peer.sendFrame({ opcode: Opcode.text, payload: 'still there' });
  await peer.expectMessage(Opcode.text, 'still there');
  await peer.closeCleanly();
}

async function untilEnd(peer: RawPeer): Promise<void> {
  for (;;) {
    const arrival = await peer.next();
    if (arrival.type === 'end') return;
    if (arrival.frame.opcode !== Opcode.close) throw new Deviation('sent something after the end');
  }
}
