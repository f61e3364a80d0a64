import type {
  Channel,
  ChannelClientOptions,
  ChannelClose,
  ChannelHandler,
  Packet,
  TransportName,
} from '../src/client/index.ts';

/**
 * What every transport must do, as seen by a client of `ContractServer`. Runs in Node and, as it
 * needs neither Node nor a test runner, in a browser.
 */
export interface TransportCase {
  readonly name: string;
  /** Rejects with what was not as it should be. */
  run(world: TransportWorld): Promise<void>;
  /** Only for transports that can do this. */
  readonly needs?: keyof TransportAbilities;
}

export interface TransportAbilities {
  /** A paused channel stops reading, so that the other side is held up. */
  readonly stopsReading: boolean;
}

/** A WHATWG WebSocket cannot stop reading; an HTTP client does not ask for more. */
export function abilitiesOf(transport: TransportName): TransportAbilities {
  return { stopsReading: transport !== 'websocket' };
}

export interface TransportWorld {
  connect(handler: ChannelHandler, options?: ChannelClientOptions): Channel;
}

/** A channel and everything it told, in order. */
class Line {
  readonly told: string[] = [];
  readonly packets: Packet[] = [];
  readonly channel: Channel;
  ending: ChannelClose | undefined;
  drains = 0;
  #changed: (() => void) | undefined;

  constructor(world: TransportWorld, options?: ChannelClientOptions) {
    let hasReturned = false;
    this.channel = world.connect(
      {
        open: () => this.#tell(hasReturned ? 'open' : 'open before connect returned'),
        packet: (packet) => {
          this.packets.push(packet);
          this.#tell('packet');
        },
        drain: () => {
          this.drains += 1;
          this.#tell('drain');
        },
        close: (close) => {
          this.ending = close;
          this.#tell('close');
        },
      },
      options,
    );
    hasReturned = true;
  }

  static async open(world: TransportWorld, options?: ChannelClientOptions): Promise<Line> {
    const line = new Line(world, options);
    await line.until(() => line.channel.state !== 'connecting');
    return line;
  }

  /** Takes a name by which other channels can speak about this one. */
  async name(): Promise<string> {
    const name = `line-${Math.random()}`;
    await this.ask(`name ${name}`);
    return name;
  }

  async ask(text: string): Promise<Packet> {
    const index = this.packets.length;
    this.channel.send(text);
    return this.packet(index);
  }

  /** The packet of that index, as soon as it is there. */
  async packet(index: number): Promise<Packet> {
    await this.until(() => this.packets.length > index || this.ending !== undefined);
    const packet = this.packets[index];
    if (packet === undefined) throw new Error(`ended instead of packet ${index}`);
    return packet;
  }

  async end(): Promise<ChannelClose> {
    await this.until(() => this.ending !== undefined);
    return this.ending as ChannelClose;
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => (this.#changed = resolve));
  }

  #tell(what: string): void {
    this.told.push(what);
    this.#changed?.();
  }
}

const SIZES = [1, 2, 125, 126, 127, 1_000, 65_535, 65_536, 66_560];
const TEXTS = [
  'a',
  'ASCII and \u0000 NUL',
  '您好,世界',
  '👩‍👩‍👧 é ñ',
  '\uFEFF with a mark in front',
  'line\nbreaks\r\n\u2028',
  '字'.repeat(20_000),
];

export const TRANSPORT_CASES: readonly TransportCase[] = [
  {
    name: 'text comes back as the same text',
    async run(world) {
      const line = await Line.open(world);
      for (const text of TEXTS) line.channel.send(text);
      for (const [index, text] of TEXTS.entries()) equal(await line.packet(index), text);
      line.channel.close();
      await line.end();
    },
  },
  {
    name: 'a lone surrogate becomes U+FFFD',
    async run(world) {
      const line = await Line.open(world);
      equal(await line.ask('a\uD800b'), 'a\uFFFDb');
      line.channel.close();
      await line.end();
    },
  },
  {
    name: 'bytes come back as the same bytes, of any length up to the longest',
    async run(world) {
      const line = await Line.open(world);
      for (const size of SIZES) line.channel.send(pattern(size));
      for (const [index, size] of SIZES.entries()) {
        equalBytes(await line.packet(index), pattern(size));
      }
      line.channel.close();
      await line.end();
    },
  },
  {
    name: 'text and bytes keep their kind, their boundaries and their order',
    async run(world) {
      const line = await Line.open(world);
      for (let i = 0; i < 200; i++) {
        line.channel.send(i % 2 === 0 ? `text ${i}` : pattern(1 + i));
      }
      for (let i = 0; i < 200; i++) {
        const packet = await line.packet(i);
        if (i % 2 === 0) equal(packet, `text ${i}`);
        else equalBytes(packet, pattern(1 + i));
      }
      line.channel.close();
      await line.end();
    },
  },
  {
    name: 'thousands of tiny packets come back, each as one and in order',
    async run(world) {
      const line = await Line.open(world);
      const count = 3_000;
      for (let i = 0; i < count; i++) {
        const drains = line.drains;
        if (!line.channel.send(`${i}`)) await line.until(() => line.drains > drains);
      }
      await line.packet(count - 1);
      equal(line.packets.join(), Array.from({ length: count }, (_, i) => i).join());
      line.channel.close();
      await line.end();
    },
  },
  {
    name: 'the longest packets go up and down at the same time',
    async run(world) {
      const line = await Line.open(world);
      const count = 40;
      for (let i = 0; i < count; i++) {
        const drains = line.drains;
        if (!line.channel.send(pattern(66_560 - i))) await line.until(() => line.drains > drains);
      }
      for (let i = 0; i < count; i++) equalBytes(await line.packet(i), pattern(66_560 - i));
      line.channel.close();
      await line.end();
    },
  },
  {
    name: 'open comes once and first, close once and last, and nothing before connect returns',
    async run(world) {
      const line = await Line.open(world);
      await line.ask('hello');
      line.channel.close();
      equal(line.channel.state, 'closing');
      await line.end();
      equal(line.channel.state, 'closed');
      equal(line.told.join(), 'open,packet,close');
    },
  },
  {
    name: 'nothing can be sent before open',
    async run(world) {
      const line = new Line(world);
      equal(line.channel.state, 'connecting');
      equal(
        thrownBy(() => line.channel.send('x')),
        'InvalidStateError',
      );
      await line.until(() => line.told.length > 0);
      line.channel.close();
      await line.end();
    },
  },
  {
    name: 'what is no packet is refused at once and harms nothing',
    async run(world) {
      const line = await Line.open(world);
      const { channel } = line;
      equal(
        thrownBy(() => channel.send('')),
        'RangeError',
      );
      equal(
        thrownBy(() => channel.send(new Uint8Array(0))),
        'RangeError',
      );
      equal(
        thrownBy(() => channel.send(pattern(66_561))),
        'RangeError',
      );
      equal(
        thrownBy(() => channel.send('字'.repeat(22_187))),
        'RangeError',
      );
      equal(
        thrownBy(() => channel.send(1 as unknown as string)),
        'TypeError',
      );
      equal(
        thrownBy(() => channel.close(1001)),
        'RangeError',
      );
      equal(
        thrownBy(() => channel.close(2999)),
        'RangeError',
      );
      equal(
        thrownBy(() => channel.close(5000)),
        'RangeError',
      );
      equal(
        thrownBy(() => channel.close(1000, '字'.repeat(42))),
        'RangeError',
      );
      equal(await line.ask('still here'), 'still here');
      channel.close();
      await line.end();
    },
  },
  {
    name: 'the server ends with a code and a reason',
    async run(world) {
      const line = await Line.open(world);
      line.channel.send('close 4123 直到永远');
      const close = await line.end();
      equal(`${close.code} ${close.wasClean} ${close.reason}`, '4123 true 直到永远');
      equal(close.error, undefined);
    },
  },
  {
    name: 'the client ends with a code and a reason',
    async run(world) {
      const watcher = await Line.open(world);
      const line = await Line.open(world);
      const name = await line.name();
      line.channel.close(3456, 'enough, 够了');
      equal(await watcher.ask(`ending ${name}`), '3456 true enough, 够了');
      equal((await line.end()).code, 3456);
      watcher.channel.close();
      await watcher.end();
    },
  },
  {
    name: 'without a code an end is 1000',
    async run(world) {
      const watcher = await Line.open(world);
      const line = await Line.open(world);
      const name = await line.name();
      line.channel.close();
      equal(await watcher.ask(`ending ${name}`), '1000 true ');
      watcher.channel.close();
      await watcher.end();
    },
  },
  {
    name: 'what was sent before the end arrives before it, both ways',
    async run(world) {
      const down = await Line.open(world);
      down.channel.send('say-and-close 50');
      await down.end();
      equal(down.packets.length, 50);
      const watcher = await Line.open(world);
      const up = await Line.open(world);
      const name = await up.name();
      for (let i = 0; i < 50; i++) up.channel.send(pattern(1_000));
      up.channel.close();
      await watcher.ask(`ending ${name}`);
      // The name was a packet, too.
      equal(await watcher.ask(`received ${name}`), '51');
      watcher.channel.close();
      await watcher.end();
    },
  },
  {
    name: 'packets after the end are dropped, and a second end does nothing',
    async run(world) {
      const line = await Line.open(world);
      line.channel.send('burst 20 1000');
      line.channel.close(4000, 'first');
      line.channel.close(4001, 'second');
      equal(line.channel.send('too late'), false);
      equal((await line.end()).code, 4000);
      equal(line.packets.length, 0);
      equal(line.channel.send('much too late'), false);
    },
  },
  {
    name: 'a connection that breaks ends with 1006, at once and not clean',
    async run(world) {
      const other = await Line.open(world);
      const line = await Line.open(world);
      const name = await line.name();
      other.channel.send(`vanish ${name}`);
      const close = await line.end();
      equal(`${close.code} ${close.wasClean}`, '1006 false');
      equal(close.error?.code, 'PW_CHANNEL_LOST');
      other.channel.close();
      await other.end();
    },
  },
  {
    name: 'an end before open is an end without open',
    async run(world) {
      const line = new Line(world);
      line.channel.close();
      const close = await line.end();
      equal(close.wasClean, false);
      equal(line.told.join(), 'close');
    },
  },
  {
    name: 'a paused channel delivers nothing, and everything in order afterwards',
    async run(world) {
      const watcher = await Line.open(world);
      const line = await Line.open(world);
      const name = await line.name();
      line.channel.pause();
      for (let i = 0; i < 20; i++) line.channel.send(`echo ${i}`);
      // What comes back on another channel shows that the server has long answered this one.
      while ((await watcher.ask(`received ${name}`)) !== '21');
      equal(line.packets.length, 1);
      line.channel.resume();
      await line.packet(20);
      equal(line.packets.slice(1).join(), Array.from({ length: 20 }, (_, i) => `echo ${i}`).join());
      line.channel.close();
      watcher.channel.close();
      await line.end();
      await watcher.end();
    },
  },
  {
    name: 'the end waits behind the packets of a paused channel',
    async run(world) {
      const watcher = await Line.open(world);
      const line = await Line.open(world);
      const name = await line.name();
      line.channel.pause();
      line.channel.send('say-and-close 3');
      while ((await watcher.ask(`received ${name}`)) !== '2');
      equal(line.ending, undefined);
      line.channel.resume();
      await line.end();
      equal(line.told.slice(-4).join(), 'packet,packet,packet,close');
      watcher.channel.close();
      await watcher.end();
    },
  },
  {
    name: 'a server that does not read makes send say so, and drain follows when it does',
    async run(world) {
      const other = await Line.open(world);
      const line = await Line.open(world, { maxBufferedBytes: 64_000_000 });
      const name = await line.name();
      await other.ask(`pause ${name}`);
      let sent = 0;
      do sent += 1;
      while (line.channel.send(pattern(60_000)) && sent < 1_000);
      equal(sent < 1_000, true);
      const drains = line.drains;
      other.channel.send(`resume ${name}`);
      await line.until(() => line.drains > drains);
      equal(line.channel.bufferedBytes, 0);
      await line.packet(sent);
      equal(line.channel.send('again'), true);
      line.channel.close();
      other.channel.close();
      await line.end();
      await other.end();
    },
  },
  {
    name: 'who sends regardless of send is ended at the limit',
    async run(world) {
      const other = await Line.open(world);
      const line = await Line.open(world, { maxBufferedBytes: 1_000_000 });
      const name = await line.name();
      await other.ask(`pause ${name}`);
      for (let i = 0; i < 1_000 && line.channel.state === 'open'; i++) {
        line.channel.send(pattern(60_000));
      }
      equal(line.channel.bufferedBytes <= 1_000_000 + 60_000, true);
      other.channel.send(`resume ${name}`);
      equal((await line.end()).error?.code, 'PW_CHANNEL_OVERFLOW');
      other.channel.close();
      await other.end();
    },
  },
  {
    name: 'a burst from the server arrives whole, while it never has much waiting',
    async run(world) {
      const watcher = await Line.open(world);
      const line = await Line.open(world);
      const name = await line.name();
      line.channel.send('burst 200 60000');
      for (let i = 0; i < 200; i++) {
        const packet = await line.packet(i + 1);
        equal(typeof packet === 'string' ? -1 : new DataView(packet.buffer).getUint32(0), i);
      }
      const peak = Number(await watcher.ask(`peak ${name}`));
      equal(peak > 0 && peak < 65_536 + 66_560, true);
      line.channel.close();
      watcher.channel.close();
      await line.end();
      await watcher.end();
    },
  },
  {
    name: 'a paused client holds a burst up, and takes it afterwards',
    needs: 'stopsReading',
    async run(world) {
      const line = await Line.open(world);
      line.channel.pause();
      line.channel.send('burst 500 60000');
      equal(line.packets.length, 0);
      line.channel.resume();
      await line.packet(499);
      line.channel.close();
      await line.end();
    },
  },
];

function pattern(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (i * 7 + size) & 0xff);
}

function thrownBy(run: () => void): string {
  try {
    run();
  } catch (error) {
    return (error as Error).name;
  }
  return 'nothing';
}

function equal(actual: unknown, expected: unknown): void {
  if (actual === expected) return;
  throw new Error(`expected ${show(expected)}, got ${show(actual)}`);
}

function equalBytes(actual: Packet, expected: Uint8Array): void {
  if (!(actual instanceof Uint8Array)) throw new Error(`expected bytes, got ${show(actual)}`);
  equal(actual.length, expected.length);
  for (const [index, byte] of expected.entries()) {
    if (actual[index] !== byte) throw new Error(`byte ${index} differs`);
  }
}

function show(value: unknown): string {
  return String(value).slice(0, 80);
}
