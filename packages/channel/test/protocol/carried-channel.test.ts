import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { InvalidStateError } from '../../src/protocol/errors.ts';
import { carry, type Carried } from '../fake-transport.ts';

const CLEAN = { code: 1000, reason: '', wasClean: true };
const LOST = { code: 1006, reason: '', wasClean: false };

function carryOpen(limits?: Parameters<typeof carry>[0]): Carried {
  const carried = carry(limits);
  carried.channel.opened();
  carried.told.length = 0;
  return carried;
}

describe('the states of a channel', () => {
  test('go from connecting over open and closing to closed', () => {
    const { channel, transport, told } = carry();
    const states = [channel.state];
    channel.opened();
    states.push(channel.state);
    channel.close(4000, 'why');
    states.push(channel.state);
    channel.closed({ code: 4000, reason: 'why', wasClean: true });
    states.push(channel.state);
    expect(states).toEqual(['connecting', 'open', 'closing', 'closed']);
    expect(transport.closedWith).toEqual(['4000 why']);
    expect(told).toEqual(['open', 'close 4000 true']);
    expect(channel.transport).toBe('polling');
  });

  test('are told once, whatever the transport repeats', () => {
    const { channel, told } = carry();
    channel.opened();
    channel.opened();
    channel.closed(LOST);
    channel.closed(CLEAN);
    channel.opened();
    channel.received('late');
    channel.drained();
    expect(told).toEqual(['open', 'close 1006 false']);
  });

  test('before open nothing can be sent, afterwards nothing is', () => {
    const { channel, transport } = carry();
    expect(() => channel.send('early')).toThrow(InvalidStateError);
    channel.opened();
    channel.close();
    expect(channel.send('late')).toBe(false);
    expect(transport.sent).toEqual([]);
  });

  test('a packet that comes after an own end is dropped', () => {
    const { channel, told } = carryOpen();
    channel.close();
    channel.received('late');
    channel.closed(CLEAN);
    expect(told).toEqual(['close 1000 true']);
  });
});

describe('a packet from the other side', () => {
  test.each([
    ['an empty text', '', '4900', 'PW_CHANNEL_BAD_PACKET'],
    ['empty bytes', new Uint8Array(0), '4900', 'PW_CHANNEL_BAD_PACKET'],
    ['too long a text', 'x'.repeat(101), '4901', 'PW_CHANNEL_PACKET_TOO_LARGE'],
    ['too long a text in UTF-8', '字'.repeat(34), '4901', 'PW_CHANNEL_PACKET_TOO_LARGE'],
    ['too many bytes', new Uint8Array(101), '4901', 'PW_CHANNEL_PACKET_TOO_LARGE'],
  ])('%s ends the channel', (_name, packet, code, error) => {
    const { channel, transport, told } = carryOpen();
    channel.received(packet);
    channel.received('the next one');
    expect(transport.closedWith.map((text) => text.slice(0, 4))).toEqual([code]);
    channel.closed({ code: Number(code), reason: '', wasClean: true });
    expect(told).toEqual([`close ${code} true ${error}`]);
  });
});

describe('a paused channel', () => {
  test('stops the transport and holds what comes all the same', () => {
    const { channel, transport, told } = carryOpen();
    channel.pause();
    channel.pause();
    expect(transport.isReading).toBe(false);
    channel.received('a');
    channel.received('b');
    expect(told).toEqual([]);
    channel.resume();
    channel.received('c');
    expect(told).toEqual(['packet a', 'packet b', 'packet c']);
    expect(transport.isReading).toBe(true);
  });

  test('may be paused again by the handler in between', () => {
    const carried = carryOpen();
    const { channel, transport, told } = carried;
    channel.pause();
    for (const text of ['a', 'b', 'c']) channel.received(text);
    carried.handler = {
      packet: (packet) => {
        told.push(String(packet));
        channel.pause();
      },
      close: () => told.push('close'),
    };
    channel.resume();
    expect(told).toEqual(['a']);
    expect(transport.isReading).toBe(false);
    channel.resume();
    channel.resume();
    expect(told).toEqual(['a', 'b', 'c']);
    expect(transport.isReading).toBe(false);
    channel.resume();
    expect(transport.isReading).toBe(true);
  });

  test('is told of the end behind the packets it holds', () => {
    const { channel, told } = carryOpen();
    channel.pause();
    channel.received('a');
    channel.closed(LOST);
    expect([channel.state, told]).toEqual(['closing', []]);
    channel.resume();
    expect(told).toEqual(['packet a', 'close 1006 false']);
  });

  test('is told of the end at once when it holds nothing', () => {
    const { channel, told } = carryOpen();
    channel.pause();
    channel.closed(LOST);
    expect(told).toEqual(['close 1006 false']);
  });

  test('that is ended by its user drops what it holds, and reads on for the other side to agree', () => {
    const { channel, transport, told } = carryOpen();
    channel.pause();
    channel.received('a');
    channel.close();
    expect(transport.isReading).toBe(true);
    channel.resume();
    channel.closed(CLEAN);
    expect(told).toEqual(['close 1000 true']);
  });

  test('that is ended by its user after the other side ended it is closed at once', () => {
    const { channel, transport, told } = carryOpen();
    channel.pause();
    channel.received('a');
    channel.closed(LOST);
    channel.close();
    expect(told).toEqual(['close 1006 false']);
    expect(transport.closedWith).toEqual([]);
    channel.resume();
    expect(told).toHaveLength(1);
  });

  test('that is ended by the handler while it delivers says nothing more', () => {
    const carried = carryOpen();
    const { channel, told } = carried;
    channel.pause();
    channel.received('a');
    channel.received('b');
    carried.handler = {
      packet: (packet) => {
        told.push(String(packet));
        channel.close();
      },
      close: () => told.push('close'),
    };
    channel.resume();
    channel.closed(CLEAN);
    expect(told).toEqual(['a', 'close']);
  });

  test.each([
    ['long packets', 'x'.repeat(100), 7],
    ['tiny packets', 'x', 16],
  ])('holds a bounded amount of %s', (_name, packet, most) => {
    const { channel, transport, told } = carryOpen();
    channel.pause();
    let count = 0;
    while (channel.state === 'open' && count < 1_000) {
      channel.received(packet);
      count += 1;
    }
    expect(count).toBe(most);
    expect(transport.closedWith).toEqual(['4902 more packets are waiting than this side keeps']);
    channel.closed({ code: 4902, reason: '', wasClean: true });
    expect(told).toEqual(['close 4902 true PW_CHANNEL_OVERFLOW']);
  });
});

describe('what waits to be sent', () => {
  test('is bounded: who goes on regardless is ended', () => {
    const { channel, transport } = carryOpen();
    transport.bufferedBytes = 950;
    expect(channel.send('x'.repeat(50))).toBe(false);
    transport.bufferedBytes = 1_000;
    expect(channel.send('x')).toBe(false);
    expect(channel.state).toBe('closing');
    expect(transport.sent).toHaveLength(1);
  });

  test('may always be one packet, however small the limit', () => {
    const { channel, transport } = carryOpen({ maxBufferedBytes: 10 });
    expect(channel.send('x'.repeat(100))).toBe(true);
    expect(transport.sent).toHaveLength(1);
  });

  test('is reported when it has gone', () => {
    const { channel, told } = carryOpen();
    channel.drained();
    expect(told).toEqual(['drain']);
  });
});

test('packets come once, in order and before the end, however often it is paused (property)', () => {
  const step = fc.constantFrom('packet', 'pause', 'resume');
  fc.assert(
    fc.property(fc.array(step), fc.boolean(), (steps, endsPaused) => {
      const { channel, told } = carryOpen({ maxBufferedBytes: 1_000_000 });
      const expected: string[] = [];
      for (const [index, what] of steps.entries()) {
        if (what === 'pause') channel.pause();
        else if (what === 'resume') channel.resume();
        else {
          channel.received(`${index}`);
          expected.push(`packet ${index}`);
        }
      }
      if (endsPaused) channel.pause();
      channel.closed(LOST);
      channel.resume();
      expect(told).toEqual([...expected, 'close 1006 false']);
    }),
  );
});
