/** docs/protocol/channel.md §8.6, §8.7, §8.9: long polling and polling. */
import { Deviation } from '../case.ts';
import { expectStatus, expectUncached, text, type ChannelCase } from './channel-case.ts';

/** What holds of the two transports whose GETs can be repeated. */
function repeatableCasesOf(transport: 'long-polling' | 'polling'): ChannelCase[] {
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

export const POLLING_CASES: readonly ChannelCase[] = [
  ...repeatableCasesOf('long-polling'),
  ...repeatableCasesOf('polling'),
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
    id: 'long-polling-asked-again',
    title:
      'long-polling answers 202 to a GET that waits when it comes again, and goes on with that',
    section: '8.4',
    async run(target) {
      const peer = await target.open('long-polling');
      const first = peer.get({ number: 1 });
      // Answered once the second one is there: whichever of them the server hears first.
      const second = peer.get({ number: 1 });
      await Promise.race([first, second]);
      await peer.say(text('now'));
      const statuses = [(await first).status, (await second).status];
      if (!statuses.includes(200) || !statuses.includes(202)) {
        throw new Deviation(`answered with ${statuses.join(' and ')}`);
      }
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

export const SLOW_POLLING_CASES: readonly ChannelCase[] = [
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
