import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';

import type { ChannelClose } from '../../src/server/index.ts';
import {
  ServerWebSocketTransport,
  type TransportConnection,
} from '../../src/server/websocket-transport.ts';

const MARK = { type: 'binary', data: Buffer.alloc(0) } as const;

function create() {
  const told: unknown[] = [];
  const sent: unknown[] = [];
  const connection = {
    bufferedBytes: 7,
    isFull: false,
    send(data: string | Uint8Array) {
      sent.push(data.length === 0 ? 'mark' : data);
      return !this.isFull;
    },
  };
  const transport = new ServerWebSocketTransport({} as IncomingMessage).carry(
    connection as unknown as TransportConnection,
    {
      opened() {},
      received: (packet) => told.push(packet),
      drained: () => told.push('drained'),
      closed: (close: ChannelClose) => told.push(close),
    },
  );
  return { transport, connection, told, sent };
}

describe("the server's end of a WebSocket", () => {
  test('returns marks at once and tells nobody', () => {
    const { transport, told, sent } = create();
    transport.message(MARK);
    transport.message({ type: 'text', data: 'a' });
    expect([sent, told]).toEqual([['mark'], ['a']]);
  });

  test('owes a client that does not read one mark, however many it sends', () => {
    const { transport, connection, told, sent } = create();
    connection.isFull = true;
    expect(transport.send('x')).toBe(false);
    for (let i = 0; i < 1_000; i++) transport.message(MARK);
    expect(sent).toEqual(['x']);
    connection.isFull = false;
    transport.drained();
    expect([sent, told]).toEqual([['x', 'mark'], ['drained']]);
    transport.drained();
    expect(sent).toEqual(['x', 'mark']);
  });

  test('says why a connection failed, and keeps the cause', () => {
    const cause = new Error('engine');
    const endings = [1006, 1009].map((code) => {
      const { transport, told } = create();
      transport.closed({ code, reason: '', wasClean: false, error: cause as never });
      return told[0] as ChannelClose;
    });
    expect(endings.map(({ error }) => error?.code)).toEqual([
      'PW_CHANNEL_LOST',
      'PW_CHANNEL_PACKET_TOO_LARGE',
    ]);
    expect(endings.map(({ error }) => error?.cause)).toEqual([cause, cause]);
  });

  test('does nothing once it is closed', () => {
    const { transport, sent } = create();
    transport.closed({ code: 1000, reason: '', wasClean: true });
    expect(transport.send('late')).toBe(false);
    transport.message(MARK);
    transport.close(1000, '');
    transport.pause();
    transport.resume();
    expect([sent, transport.bufferedBytes]).toEqual([[], 0]);
  });
});
