import { expect, test } from 'vitest';

import { connectChannel, type Fetch, type TransportName } from '../../src/client/index.ts';
import { EntryType } from '../../src/protocol/entry.ts';
import { CHANNEL_HEADER, formatOpening } from '../../src/protocol/http-binding.ts';

const CHANNEL = 'A'.repeat(22);

/** A server that answers when the test says so. */
class SlowServer {
  readonly requests: { url: string; init: RequestInit }[] = [];
  #arrived: (() => void) | undefined;
  #answer: (response: Response) => void = () => {};

  readonly fetch: Fetch = (url, init) => {
    this.requests.push({ url, init });
    this.#arrived?.();
    return new Promise((resolve, reject) => {
      this.#answer = resolve;
      init.signal?.addEventListener('abort', () => reject(new Error('aborted')));
    });
  };

  async arrived(requests: number): Promise<void> {
    while (this.requests.length < requests) {
      await new Promise<void>((resolve) => (this.#arrived = resolve));
    }
  }

  answerOpening(): void {
    this.#answer(new Response(formatOpening({ node: 'n', channel: CHANNEL }), { status: 201 }));
  }
}

test.each<TransportName>(['streaming', 'long-polling', 'polling'])(
  'a client that gives up while %s is opening ends what the server opened for it all the same',
  async (transport) => {
    const server = new SlowServer();
    const closed = new Promise<number>((resolve) => {
      const channel = connectChannel(
        'http://relay.example',
        { packet() {}, close: ({ code }) => resolve(code) },
        { transport, fetch: server.fetch },
      );
      void server.arrived(1).then(() => channel.close());
    });
    expect(await closed).toBe(1006);
    server.answerOpening();
    await server.arrived(2);
    const { url, init } = server.requests[1] ?? { url: '', init: {} };
    expect(url).toBe(`http://relay.example/channel/${transport}/n`);
    expect(init.method).toBe('POST');
    expect(new Headers(init.headers).get(CHANNEL_HEADER)).toBe(CHANNEL);
    expect((init.body as Uint8Array)[0]).toBe(EntryType.close);
    expect(server.requests).toHaveLength(2);
  },
);
