/** Which links an end asks for, and which it leaves to another window (§16.2). */
import { expect, test } from 'vitest';
import { encodeBase64url } from '../src/base64url.ts';
import { Meetings } from '../src/meetings.ts';
import { RememberedDevices } from '../src/remembered.ts';
import type { Request } from '../src/rendezvous.ts';
import { FakeClock, fakeEnvironment } from './fake-environment.ts';
import { FakeStore } from './fake-pair.ts';

/** An end that waits at two links, of which another window takes the first. */
function create() {
  const clock = new FakeClock();
  const devices = new RememberedDevices(new FakeStore(), () => clock.nowMs);
  for (const n of [1, 2]) {
    const first = new Uint8Array(32).fill(n);
    devices.add(first, { side: 'page', name: `phone ${n}`, textBytes: 65_472 });
  }
  const all = devices.pageMeetings(4);
  const [taken = '', own = ''] = all.map(({ linkId }) => encodeBase64url(linkId));
  const sent: Request[] = [];
  const client = { send: (request: Request) => void sent.push(request) };
  const meetings = new Meetings('page', client, fakeEnvironment(clock, 1));
  /** What was asked for since the last time. */
  const asked = () => sent.splice(0).flatMap(({ type, link }) => (type === 'meet' ? [link] : []));
  meetings.set(all);
  expect(asked()).toEqual([taken, own]);
  for (const link of [taken, own]) {
    meetings.reply({ type: 'attached', link, token: 'token', epoch: 'epoch', peer: 'gone' });
  }
  meetings.reply({ type: 'refused', reason: 'crowded', link: taken });
  return { clock, meetings, all, taken, own, asked };
}

test('a seat that another window has taken is not asked for when another one is asked for again', async () => {
  const { clock, meetings, own, asked } = create();
  meetings.reply({ type: 'ended', link: own, reason: 'lonely' });
  await clock.advance(10_000);
  expect(asked()).toEqual([own]);
});

test('nor on the next pipe', () => {
  const { meetings, all, own, asked } = create();
  meetings.lost();
  meetings.set(all);
  expect(asked()).toEqual([own]);
});

test('it is asked for, and alone, when this window is used anew', () => {
  const { meetings, taken, asked } = create();
  meetings.takeBack();
  expect(asked()).toEqual([taken]);
});

test('it is asked for when all are given up and set anew, as after a link', () => {
  const { meetings, all, taken, own, asked } = create();
  meetings.giveUp();
  meetings.set(all);
  expect(asked()).toEqual([taken, own]);
});
