import { CarriedChannel } from '../src/protocol/carried-channel.ts';
import type { ChannelClose, ChannelHandler, TransportName } from '../src/protocol/channel.ts';
import type { Packet } from '../src/protocol/packet.ts';
import type { Transport, TransportEvents } from '../src/protocol/transport.ts';

/** A transport without a wire: the test says what happens on it. */
export class FakeTransport implements Transport {
  readonly name: TransportName;
  readonly sent: Packet[] = [];
  readonly closedWith: string[] = [];
  bufferedBytes = 0;
  isReading = true;
  readonly events: TransportEvents;

  constructor(events: TransportEvents, name: TransportName = 'polling') {
    this.events = events;
    this.name = name;
  }

  send(packet: Packet): boolean {
    this.sent.push(packet);
    return this.bufferedBytes === 0;
  }

  close(code: number, reason: string): void {
    this.closedWith.push(`${code} ${reason}`);
  }

  pause(): void {
    this.isReading = false;
  }

  resume(): void {
    this.isReading = true;
  }
}

export interface Carried {
  readonly channel: CarriedChannel;
  readonly transport: FakeTransport;
  readonly told: string[];
  /** May be replaced to act within a call. */
  handler: ChannelHandler;
}

/** A channel on a fake transport, with everything it told. */
export function carry({ maxPacketBytes = 100, maxBufferedBytes = 1_000 } = {}): Carried {
  const told: string[] = [];
  let transport: FakeTransport | undefined;
  const channel = new CarriedChannel({ maxPacketBytes, maxBufferedBytes }, (events) => {
    transport = new FakeTransport(events);
    return transport;
  });
  if (transport === undefined) throw new Error('no transport was made');
  const carried: Carried = {
    channel,
    transport,
    told,
    handler: {
      open: () => told.push('open'),
      packet: (packet) => told.push(`packet ${String(packet)}`),
      drain: () => told.push('drain'),
      close: ({ code, wasClean, error }: ChannelClose) =>
        told.push(`close ${code} ${wasClean}${error === undefined ? '' : ` ${error.code}`}`),
    },
  };
  channel.start({
    open: () => carried.handler.open?.(),
    packet: (packet) => carried.handler.packet(packet),
    drain: () => carried.handler.drain?.(),
    close: (close) => carried.handler.close(close),
  });
  return carried;
}
