/** What docs/protocol/channel.md asks of a server, section by section. */
import { Deviation } from '../case.ts';
import type { RawPeer } from '../raw-peer.ts';
import { closePayload, Opcode } from '../wire.ts';
import {
  HTTP_TRANSPORTS,
  type Answer,
  type ChannelPeer,
  type ChannelTarget,
  type HttpTransport,
} from './channel-peer.ts';
import { encodeClose, encodeEntry, encodeLength, EntryType } from './channel-wire.ts';

export interface ChannelCase {
  readonly id: string;
  readonly title: string;
  /** Of docs/protocol/channel.md. */
  readonly section: string;
  run(target: ChannelTarget): Promise<void>;
}

const text = (payload: string | Buffer) => encodeEntry(EntryType.text, payload);
const binary = (payload: Buffer) => encodeEntry(EntryType.binary, payload);

const PROTOCOL = { 'Pairwire-Protocol': 'pairwire.channel.1' };
const ELSEWHERE = 'https://another-origin.example';
const LONGEST_BODY_BYTES = 131_072;

function expectStatus({ status }: { status: number }, ...expected: number[]): void {
  if (!expected.includes(status)) {
    throw new Deviation(`answered with ${status} instead of ${expected.join(' or ')}`);
  }
}

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

const WEBSOCKET_CASES: readonly ChannelCase[] = [
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

/** The same of every transport over HTTP. */
function casesOf(transport: HttpTransport): ChannelCase[] {
  const path = `/channel/${transport}`;
  const make = (
    name: string,
    section: string,
    title: string,
    run: (peer: ChannelPeer, target: ChannelTarget) => Promise<void>,
  ): ChannelCase => ({
    id: `${transport}-${name}`,
    title: `${transport} ${title}`,
    section,
    run: async (target) => run(await target.open(transport), target),
  });
  /** What comes up must end the channel with this code. */
  const refuses = (name: string, title: string, body: Buffer, code: number) =>
    make(name, '8.3', `ends with ${code} on ${title}`, async (peer) => {
      await peer.post(body);
      await peer.expectClose(code);
    });
  /** Numbers that are wrong after POST 1. */
  const disorder = (name: string, title: string, ask: (peer: ChannelPeer) => Promise<Answer>) =>
    make(name, '8.4', `answers 409 and ends with 4904 on ${title}`, async (peer) => {
      await peer.say(text('one'));
      expectStatus(await ask(peer), 409);
      await peer.expectClose(4904);
    });

  return [
    {
      id: `${transport}-protocol`,
      title: `${transport} is refused with 400 without the protocol`,
      section: '8.1',
      async run(target) {
        for (const offered of [undefined, 'chat', 'pairwire.channel.99']) {
          const headers = { 'Pairwire-Protocol': offered };
          expectStatus(await target.ask({ method: 'POST', path, headers }), 400);
        }
      },
    },
    {
      id: `${transport}-methods`,
      title: `${transport} is opened with POST only`,
      section: '8.1',
      async run(target) {
        for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
          expectStatus(await target.ask({ method, path, headers: PROTOCOL }), 405);
        }
      },
    },
    {
      id: `${transport}-ids`,
      title: `${transport} gives every channel an id of its own, in an answer that is not kept`,
      section: '8.1',
      async run(target) {
        const peers = [await target.open(transport), await target.open(transport)];
        if (peers[0]?.channel === peers[1]?.channel) throw new Deviation('two have the same');
        const { headers } = await target.ask({ method: 'POST', path, headers: PROTOCOL });
        expectUncached(headers);
      },
    },
    {
      id: `${transport}-unknown`,
      title: `${transport} answers 404 for a channel or a node that does not exist`,
      section: '8.2',
      async run(target) {
        const { path: own, channel } = await target.open(transport);
        const headers = { 'Pairwire-Channel': channel, 'Pairwire-Number': '1' };
        const other = { ...headers, 'Pairwire-Channel': 'AAAAAAAAAAAAAAAAAAAAAA' };
        for (const method of ['POST', 'GET']) {
          expectStatus(await target.ask({ method, path: own, headers: other }), 404);
          expectStatus(await target.ask({ method, path: own, headers: {} }), 404);
          expectStatus(await target.ask({ method, path: `${path}/nowhere`, headers }), 404);
        }
      },
    },
    {
      id: `${transport}-origins`,
      title: `${transport} refuses a page of another origin with 403`,
      section: '8.10',
      async run(target) {
        const { path: own, channel } = await target.open(transport);
        const headers = { ...PROTOCOL, Origin: ELSEWHERE };
        const exchange = { ...headers, 'Pairwire-Channel': channel, 'Pairwire-Number': '1' };
        expectStatus(await target.ask({ method: 'POST', path, headers }), 403);
        expectStatus(await target.ask({ method: 'POST', path: own, headers: exchange }), 403);
        const preflight = await target.ask({ method: 'OPTIONS', path, headers });
        expectStatus(preflight, 403);
        if (preflight.headers['access-control-allow-origin'] !== undefined) {
          throw new Deviation('it allows the origin all the same');
        }
      },
    },
    make('packets', '8.3', 'carries text and binary, in order, boundaries kept', async (peer) => {
      await peer.say(text('您好'), binary(Buffer.of(0, 1, 2)), text('\uFEFFb'));
      await peer.say(text('c'));
      await peer.expectPacket(EntryType.text, '您好');
      await peer.expectPacket(EntryType.binary, Buffer.of(0, 1, 2));
      await peer.expectPacket(EntryType.text, '\uFEFFb');
      await peer.expectPacket(EntryType.text, 'c');
    }),
    make('longest', '8.3', 'carries a packet of the longest length', async (peer) => {
      await peer.say(binary(Buffer.alloc(66_560, 7)));
      await peer.expectPacket(EntryType.binary, Buffer.alloc(66_560, 7));
    }),
    make('lengths', '8.3', 'takes a length of one, two and four bytes', async (peer) => {
      for (const bytes of [1, 2, 4] as const) {
        await peer.say(encodeEntry(EntryType.text, 'abc', bytes));
        await peer.expectPacket(EntryType.text, 'abc');
      }
    }),
    make('padding', '8.3', 'ignores padding and takes an empty body', async (peer) => {
      await peer.say();
      await peer.say(encodeEntry(EntryType.padding, Buffer.alloc(4_096)), text('x'));
      await peer.expectPacket(EntryType.text, 'x');
    }),
    refuses('bad-type', 'another type', encodeEntry(6, 'x'), 4900),
    refuses('bad-length', 'a length of eight bytes', encodeEntry(1, 'x', 8), 4900),
    refuses('cut-off', 'an entry that is cut off', text('abc').subarray(0, 4), 4900),
    refuses('not-utf8', 'a text that is not UTF-8', text(Buffer.of(0xc0, 0x80)), 4900),
    refuses('empty-text', 'an empty text', text(''), 4900),
    refuses('empty-binary', 'an empty binary packet', binary(Buffer.alloc(0)), 4900),
    refuses('bad-ping', 'a ping of a client', encodeEntry(EntryType.ping), 4900),
    refuses('bad-recycle', 'a recycle of a client', encodeEntry(EntryType.recycle), 4900),
    refuses('bad-close-code', 'a close with a code nobody may say', encodeClose(1005), 4900),
    refuses(
      'bad-close-reason',
      'a close with too long a reason',
      encodeClose(4000, 'x'.repeat(124)),
      4900,
    ),
    refuses(
      'bad-close-utf8',
      'a close whose reason is no UTF-8',
      encodeClose(4000, Buffer.of(255)),
      4900,
    ),
    refuses('long-control', 'padding of 4097 bytes', encodeEntry(0, Buffer.alloc(4_097)), 4900),
    refuses('too-large', 'a packet that is too long', binary(Buffer.alloc(66_561)), 1009),
    refuses(
      'too-large-announced',
      'a packet that says to be too long',
      Buffer.concat([Buffer.of(EntryType.binary), encodeLength(66_561)]),
      1009,
    ),
    make('long-body', '8.2', 'answers 413 to too long a body and ends with 1009', async (peer) => {
      const packets = Array.from({ length: 5 }, () => binary(Buffer.alloc(40_000)));
      const body = Buffer.concat(packets);
      if (body.length <= LONGEST_BODY_BYTES) throw new Error('the case is wrong');
      expectStatus(await peer.post(body), 413);
      await peer.expectClose(1009);
    }),
    make('repeat', '8.4', 'takes a POST once that comes again, byte for byte', async (peer) => {
      await peer.say(text('once'));
      expectStatus(await peer.post(text('once'), { number: 1 }), 204);
      expectStatus(await peer.post(text('once'), { number: 1 }), 204);
      await peer.say(text('twice'));
      await peer.expectPacket(EntryType.text, 'once');
      await peer.expectPacket(EntryType.text, 'twice');
    }),
    disorder('changed', 'the newest POST with another body', (peer) =>
      peer.post(text('two'), { number: 1 }),
    ),
    disorder('skipped', 'a number that was left out', (peer) =>
      peer.post(text('x'), { number: 3 }),
    ),
    disorder('no-number', 'no number', (peer) => peer.post(text('x'), { number: '' })),
    disorder('odd-number', 'a number with a sign', (peer) =>
      peer.post(text('x'), { number: '+2' }),
    ),
    disorder('zero', 'number 0', (peer) => peer.post(text('x'), { number: 0 })),
    make('older', '8.4', 'answers 409 and ends with 4904 on an older number', async (peer) => {
      await peer.say(text('one'));
      await peer.say(text('two'));
      expectStatus(await peer.post(text('one'), { number: 1 }), 409);
      await peer.expectClose(4904);
    }),
    make('methods-later', '8.2', 'answers 405 to other methods', async (peer, target) => {
      for (const method of ['PUT', 'HEAD', 'DELETE']) {
        const headers = peer.headers(1);
        expectStatus(await target.ask({ method, path: peer.path, headers }), 405);
      }
    }),
    make('server-ends', '8.8', 'tells the code and the reason of its end, last', async (peer) => {
      await peer.say(text('before'), text('close 4123 直到永远'));
      await peer.expectPacket(EntryType.text, 'before');
      await peer.expectClose(4123, '直到永远');
      // The client confirms, and hears that it was heard.
      expectStatus(await peer.post(encodeClose(4123, '直到永远')), 204);
    }),
    make(
      'client-ends',
      '8.8',
      'takes the end of a client, also again, and confirms it',
      async (peer) => {
        await peer.say(text('x'), encodeClose(4321, 'done'), text('ignored'));
        const body = Buffer.concat([text('x'), encodeClose(4321, 'done'), text('ignored')]);
        expectStatus(await peer.post(body, { number: 1 }), 204);
        await peer.expectClose(4321, 'done');
      },
    ),
    make('leaves', '8.8', 'takes 1001 as the end of a page that is left', async (peer) => {
      await peer.say(encodeClose(1001));
    }),
  ];
}

function expectUncached(headers: Answer['headers']): void {
  for (const [name, value] of [
    ['cache-control', /\bno-store\b.*\bno-transform\b/],
    ['x-content-type-options', /^nosniff$/],
    ['x-accel-buffering', /^no$/],
    ['vary', /\bOrigin\b/i],
  ] as const) {
    const given = String(headers[name]);
    if (!value.test(given)) throw new Deviation(`${name} is ${given}`);
  }
}

const STREAMING_CASES: readonly ChannelCase[] = [
  {
    id: 'streaming-prelude',
    title: 'streaming begins with a prelude of 2048 bytes and another entry',
    section: '8.5',
    async run(target) {
      const peer = await target.open('streaming');
      const stream = await peer.stream();
      const prelude = await stream.next();
      if (prelude.type !== EntryType.padding || prelude.payload.length !== 2_048) {
        throw new Deviation('it does not');
      }
      await stream.next();
      expectUncached(stream.headers);
      await peer.close();
    },
  },
  {
    id: 'streaming-recycles',
    title: 'streaming goes on in the next answer after 131072 bytes, losing and repeating nothing',
    section: '8.5',
    async run(target) {
      const peer = await target.open('streaming');
      for (let i = 0; i < 12; i++) await peer.say(binary(Buffer.alloc(30_000, i)));
      for (let i = 0; i < 12; i++) {
        await peer.expectPacket(EntryType.binary, Buffer.alloc(30_000, i));
      }
      let bytes = 0;
      const other = await target.open('streaming');
      for (let i = 0; i < 6; i++) await other.say(binary(Buffer.alloc(30_000, i)));
      const stream = await other.stream();
      let last = await stream.next();
      for (; last.type !== EntryType.recycle; last = await stream.next())
        bytes += last.payload.length;
      if (bytes > 131_072 + 66_560) throw new Deviation(`it went on for ${bytes} bytes`);
      await stream.expectEnd();
      await peer.close();
      await other.close();
    },
  },
  {
    id: 'streaming-cannot-repeat',
    title: 'streaming answers 409 to a second GET while a stream is open',
    section: '8.4',
    async run(target) {
      const peer = await target.open('streaming');
      const stream = await peer.stream();
      await stream.next();
      expectStatus(await peer.get({ number: 1 }), 409);
    },
  },
];

/** What holds of the two transports whose GETs can be repeated. */
function pollingCasesOf(transport: 'long-polling' | 'polling'): ChannelCase[] {
  return [
    {
      id: `${transport}-repeats-answer`,
      title: `${transport} gives the same answer to the same GET`,
      section: '8.4',
      async run(target) {
        const peer = await target.open(transport);
        await peer.say(text('a'));
        const first = await peer.get({ number: 1 });
        await peer.say(text('b'));
        const again = await peer.get({ number: 1 });
        if (!again.body.equals(first.body)) throw new Deviation('another one');
        const next = await peer.get({ number: 2 });
        if (!next.body.equals(text('b'))) throw new Deviation('what came after it is lost');
        expectStatus(await peer.get({ number: 1 }), 409);
      },
    },
    {
      id: `${transport}-answers`,
      title: `${transport} repeats the number and forbids to keep the answer`,
      section: '8.2',
      async run(target) {
        const peer = await target.open(transport);
        await peer.say(text('a'));
        const { headers } = await peer.get();
        if (headers['pairwire-number'] !== '1') throw new Deviation('another number');
        expectUncached(headers);
        await peer.close();
      },
    },
  ];
}

const LATER_CASES: readonly ChannelCase[] = [
  {
    id: 'polling-empty',
    title: 'polling answers at once with an empty body when there is nothing',
    section: '8.7',
    async run(target) {
      const peer = await target.open('polling');
      const answer = await peer.get();
      expectStatus(answer, 200);
      if (answer.body.length > 0) throw new Deviation('it is not empty');
      await peer.close();
    },
  },
  {
    id: 'long-polling-waits',
    title: 'long-polling answers a GET when there is something to say',
    section: '8.6',
    async run(target) {
      const peer = await target.open('long-polling');
      const waiting = peer.get();
      await peer.say(text('now'));
      const { status, body } = await waiting;
      expectStatus({ status }, 200);
      if (!body.equals(text('now'))) throw new Deviation('something else came');
      await peer.close();
    },
  },
];

export const CHANNEL_CASES: readonly ChannelCase[] = [
  ...WEBSOCKET_CASES,
  ...HTTP_TRANSPORTS.flatMap(casesOf),
  ...STREAMING_CASES,
  ...pollingCasesOf('long-polling'),
  ...pollingCasesOf('polling'),
  ...LATER_CASES,
];

/** Cases that take as long as the document says something may take. */
export const SLOW_CHANNEL_CASES: readonly ChannelCase[] = [
  {
    id: 'long-polling-empty',
    title: 'long-polling answers with an empty body after 25 s',
    section: '8.6',
    async run(target) {
      const peer = await target.open('long-polling');
      const { status, body } = await peer.get();
      expectStatus({ status }, 200);
      if (body.length > 0) throw new Deviation('it is not empty');
      await peer.close();
    },
  },
  {
    id: 'streaming-keep-alive',
    title: 'streaming writes something after 15 s of silence',
    section: '8.5',
    async run(target) {
      const peer = await target.open('streaming');
      const stream = await peer.stream();
      await stream.next();
      await stream.next();
      const { type } = await stream.next();
      if (type !== EntryType.padding && type !== EntryType.ping)
        throw new Deviation(`type ${type}`);
      await peer.close();
    },
  },
  {
    id: 'unattached',
    title: 'a channel whose client sends no GET is over after 10 s',
    section: '8.9',
    async run(target) {
      const peer = await target.open('long-polling');
      await new Promise((resolve) => setTimeout(resolve, 22_000));
      expectStatus(await peer.post(), 404);
    },
  },
];
