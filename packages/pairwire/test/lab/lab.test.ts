import { once } from 'node:events';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { LAB_LIMITS } from '../../src/lab/limits.ts';
import type { LabEvent } from '../../src/lab/messages.ts';
import { Laboratory, type Visitor } from './laboratory.ts';

let place: Laboratory;

beforeEach(async () => {
  place = new Laboratory();
  await place.open();
});

afterEach(() => place.close());

const watched = ({ events }: Visitor) => events.filter((event) => 'tap' in event);
const isFrameFrom = (from: string) => (event: LabEvent) =>
  event.type === 'frame' && event.from === from;
const isEnd = ({ type }: LabEvent) => type === 'ended';

describe('a session of the lab', () => {
  test('sees the handshake and every frame of the connection that names it', async () => {
    const visitor = await place.visit();
    const chat = await place.chat(`?lab=${visitor.id}`, '小明');
    chat.close(1000);
    await visitor.waitFor(isEnd);
    const told = watched(visitor).map((event) =>
      event.type === 'frame' ? `${event.from} ${event.frame.payload}` : event.type,
    );
    const hex = (text: string) => Buffer.from(text).toString('hex');
    expect(told).toEqual([
      'request',
      'response',
      `client ${hex('小明')}`,
      `server ${hex('您好,小明')}`,
      'client 03e8',
      'server 03e8',
      'ended',
    ]);
  });

  test('sees the lines of the handshake as they were sent', async () => {
    const visitor = await place.visit();
    await place.chat(`?lab=${visitor.id}`);
    const [request, response] = watched(visitor);
    const lines = (event: LabEvent | undefined) =>
      event !== undefined && 'lines' in event ? event.lines.map(({ text }) => text) : [];
    expect(lines(request)[0]).toBe(`GET /chat?lab=${visitor.id} HTTP/1.1`);
    expect(lines(request).at(-1)).toBe('');
    expect(lines(response)[0]).toBe('HTTP/1.1 101 Switching Protocols');
    expect(lines(response).some((line) => line.startsWith('Sec-WebSocket-Accept: '))).toBe(true);
  });

  test('sees nothing of connections that name another session, a made-up one, or none', async () => {
    const visitor = await place.visit();
    const other = await place.visit();
    await place.chat('');
    await place.chat('?lab=AAAAAAAAAAAAAAAAAAAAAA');
    await place.chat(`?lab=${other.id}`);
    await other.waitFor(isFrameFrom('server'));
    expect(watched(visitor)).toEqual([]);
  });

  test('has an id that nobody guesses', async () => {
    const ids = [(await place.visit()).id, (await place.visit()).id];
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(Buffer.from(id, 'base64url')).toHaveLength(16);
  });

  test('makes the server ping and close, for a browser cannot ask for it (§5.5)', async () => {
    const visitor = await place.visit();
    const chat = await place.chat(`?lab=${visitor.id}`);
    visitor.say({ type: 'ping' });
    const opcode = (event: LabEvent) => (event.type === 'frame' ? event.frame.fields[2]?.value : 0);
    await visitor.waitFor((event) => opcode(event) === 0xa);
    visitor.say({ type: 'close' });
    const [close] = (await once(chat, 'close')) as [{ code: number }];
    expect(close.code).toBe(1000);
    await visitor.waitFor(isEnd);
  });

  test('watches so many connections at a time; the next is served unseen', async () => {
    const visitor = await place.visit();
    for (let count = 0; count < LAB_LIMITS.maxTaps; count += 1) {
      await place.chat(`?lab=${visitor.id}`);
    }
    await place.chat(`?lab=${visitor.id}`);
    const requests = visitor.events.filter(({ type }) => type === 'request');
    expect(requests).toHaveLength(LAB_LIMITS.maxTaps);
  });

  test('is told so many events of one connection, which then goes on unwatched', async () => {
    const visitor = await place.visit();
    const chat = await place.chat(`?lab=${visitor.id}`);
    for (let count = 0; count < LAB_LIMITS.maxEventsPerTap; count += 1) chat.send('again');
    await visitor.waitFor(({ type }) => type === 'unwatched');
    chat.send('unseen');
    chat.close();
    await visitor.waitFor(isEnd);
    expect(watched(visitor).length).toBeLessThanOrEqual(LAB_LIMITS.maxEventsPerTap + 1);
  });

  test('ends after a quarter of an hour; what it watched goes on', async () => {
    const visitor = await place.visit();
    const chat = await place.chat(`?lab=${visitor.id}`);
    await place.clock.advance(LAB_LIMITS.sessionLifeMs);
    expect(String(await visitor.closed())).toContain('4202 expired');
    await expect.poll(() => place.lab.size).toBe(0);
    chat.send('still here');
    const [answer] = (await once(chat, 'message')) as [{ data: string }];
    expect(answer.data).toBe('您好,still here');
  });

  test('that is over is known to nobody', async () => {
    const visitor = await place.visit();
    const { id } = visitor;
    visitor.socket.close();
    await visitor.closed();
    await expect.poll(() => place.lab.size).toBe(0);
    await place.chat(`?lab=${id}`);
    expect(watched(visitor)).toEqual([]);
  });
});

describe('the lab', () => {
  test('takes so many sessions a minute of one client, and others all the same', async () => {
    for (let count = 0; count < LAB_LIMITS.sessionsPerMinuteAndClient; count += 1) {
      const visitor = await place.visit('busy');
      visitor.socket.close();
      await visitor.closed();
      await expect.poll(() => place.lab.size).toBe(0);
    }
    await expect(place.visit('busy')).rejects.toThrow('closed: 1006');
    await expect(place.visit('other')).resolves.toBeDefined();
  });

  test('takes so many sessions of one client at a time', async () => {
    for (let count = 0; count < LAB_LIMITS.maxSessionsPerClient; count += 1) {
      await place.visit('class');
    }
    await expect(place.visit('class')).rejects.toThrow('closed: 1006');
    await expect(place.visit('other')).resolves.toBeDefined();
  });

  test('examines frames on request, and says so when it will not', async () => {
    const visitor = await place.visit();
    visitor.say({ type: 'examine-frames', id: 7, sender: 'server', bytes: '8100' });
    expect(await visitor.waitFor(({ type }) => type === 'frames-examined')).toMatchObject({
      id: 7,
      result: { state: 'open', frames: [{ outcomes: [{ type: 'text', text: '' }] }] },
    });
    const refusals = async (request: object) => {
      visitor.events.length = 0;
      visitor.say(request);
      return visitor.waitFor(({ type }) => type === 'refused');
    };
    const frames = { type: 'examine-frames', sender: 'client', bytes: '' };
    expect(await refusals({ type: 'nonsense', id: 8 })).toMatchObject({
      id: 8,
      reason: 'bad-request',
    });
    expect(await refusals({ ...frames, id: 9, bytes: 'x' })).toMatchObject({
      reason: 'bad-request',
    });
    expect(await refusals({ ...frames, id: 9, sender: 'me' })).toMatchObject({
      reason: 'bad-request',
    });
    const long = '00'.repeat(LAB_LIMITS.maxExaminedBytes + 1);
    expect(await refusals({ ...frames, id: 10, bytes: long })).toMatchObject({
      reason: 'too-long',
    });
    for (let count = 0; count < LAB_LIMITS.examinationsPerMinuteAndClient; count += 1) {
      visitor.say({ ...frames, id: 11 });
    }
    expect(await refusals({ ...frames, id: 12 })).toMatchObject({ reason: 'too-many' });
  });

  test.each(['', 'null', '[]', '"x"', '{"type":', '{"type":"ping","id":"x"}'])(
    'survives the request %j',
    async (text) => {
      const visitor = await place.visit();
      visitor.socket.send(text);
      visitor.say({ type: 'examine-frames', id: 1, sender: 'server', bytes: '' });
      const answer = visitor.waitFor(({ type }) => type === 'frames-examined');
      await expect(answer).resolves.toBeDefined();
    },
  );

  test('knows no other path', async () => {
    expect(await place.get('/lab/other')).toBe(404);
    expect(await place.get('/lab/AAAAAAAAAAAAAAAAAAAAAA/websocket/channel/websocket')).toBe(404);
  });
});
