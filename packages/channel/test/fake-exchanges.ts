import type { ServerResponse } from 'node:http';
import { Writable } from 'node:stream';

import { EntryDecoder } from '../src/protocol/entry-decoder.ts';
import { EntryType } from '../src/protocol/entry.ts';
import type { HttpTransportHost, ServerHttpTransport } from '../src/server/http-transport.ts';
import { resolveServerOptions, type ChannelServerOptions } from '../src/server/options.ts';

const TYPE_NAMES = new Map<number, string>(
  Object.entries(EntryType).map(([name, type]) => [type, name]),
);

/** An answer as the client gets it: read at once, without a socket. */
export class FakeResponse extends Writable {
  status = 0;
  readonly #entries: string[] = [];

  constructor() {
    const decoder = new EntryDecoder(1_000_000);
    super({
      write: (chunk: Uint8Array, _encoding, done) => {
        decoder.push(chunk);
        for (let entry = decoder.next(); entry !== undefined; entry = decoder.next()) {
          this.#entries.push(`${TYPE_NAMES.get(entry.type)} ${entry.payload.length}`);
        }
        done();
      },
    });
  }

  setHeader(): this {
    return this;
  }

  writeHead(status: number): this {
    this.status = status;
    return this;
  }

  /** What was written since this was asked last: names of entries, each with its length. */
  takeEntries(): string[] {
    return this.#entries.splice(0);
  }
}

/** A channel of a server, and a client that sends the requests a test wants. */
export class FakeExchanges {
  readonly transport: ServerHttpTransport;
  /** What channel and server were told. */
  readonly told: string[] = [];
  #up = 0;
  #down = 0;

  constructor(
    Transport: new (host: HttpTransportHost) => ServerHttpTransport,
    options: Partial<ChannelServerOptions> = {},
  ) {
    this.transport = new Transport({
      options: resolveServerOptions({
        accept: () => ({ packet() {}, close() {} }),
        ...options,
      }),
      keep: () => true,
      ended: () => this.told.push('ended'),
      gone: () => this.told.push('gone'),
    }).carry({
      opened: () => {},
      received: (packet) => this.told.push(String(packet)),
      drained: () => this.told.push('drained'),
      closed: ({ code, error }) => this.told.push(`closed ${code} ${error?.code ?? ''}`.trim()),
    });
  }

  get(): FakeResponse {
    return this.#exchange((response) => this.transport.get(++this.#down, response));
  }

  post(body: Uint8Array = new Uint8Array(0)): FakeResponse {
    return this.#exchange((response) => {
      this.transport.post(++this.#up, Buffer.from(body), response);
    });
  }

  /** The newest POST once more. */
  repeatPost(body: Uint8Array): FakeResponse {
    this.#up -= 1;
    return this.post(body);
  }

  #exchange(answer: (response: ServerResponse) => void): FakeResponse {
    const response = new FakeResponse();
    this.transport.heard();
    // oxlint-disable-next-line typescript/no-unnecessary-type-assertion -- it is, for tsc
    answer(response as unknown as ServerResponse);
    return response;
  }
}
