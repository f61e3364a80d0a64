/** docs/protocol/channel.md §8.5: streaming. */
import { Deviation } from '../case.ts';
import { binary, expectStatus, expectUncached, type ChannelCase } from './channel-case.ts';
import { EntryType } from './channel-wire.ts';

export const STREAMING_CASES: readonly ChannelCase[] = [
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

export const SLOW_STREAMING_CASES: readonly ChannelCase[] = [
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
];
