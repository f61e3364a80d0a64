/** docs/protocol/channel.md §8.1–8.4, §8.8–8.10: what holds of each transport over HTTP. */
import { Deviation } from '../case.ts';
import { binary, expectStatus, expectUncached, text, type ChannelCase } from './channel-case.ts';
import {
  ELSEWHERE,
  type Answer,
  type ChannelPeer,
  type ChannelTarget,
  type HttpTransport,
} from './channel-peer.ts';
import { encodeClose, encodeEntry, encodeLength, EntryType } from './channel-wire.ts';

const PROTOCOL = { 'Pairwire-Protocol': 'pairwire.channel.1' };
const LONGEST_BODY_BYTES = 131_072;

export function httpCasesOf(transport: HttpTransport): ChannelCase[] {
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
    {
      id: `${transport}-other-transport`,
      title: `${transport} answers 404 for a channel of another transport`,
      section: '8.2',
      async run(target) {
        const other = transport === 'polling' ? 'long-polling' : 'polling';
        const peer = await target.open(other);
        const own = peer.path.replace(other, transport);
        const answer = await target.ask({ method: 'POST', path: own, headers: peer.headers(1) });
        expectStatus(answer, 404);
        await peer.say();
        await peer.close();
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
