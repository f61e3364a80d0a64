import type {
  ChannelHandler,
  ChannelState,
  Packet,
  ServerChannel,
  TransportName,
} from '@pairwire/channel/server';

/** The relay's end of a channel in memory; the test is the other end. */
export class FakeChannel implements ServerChannel {
  readonly transport: TransportName = 'websocket';
  readonly remoteAddress: string | undefined;
  state: ChannelState = 'open';
  /** What the other end has not read; grows only while it does not read. */
  bufferedBytes = 0;
  isReading = true;
  isPaused = false;
  closedWith: { code: number; reason: string } | undefined;
  sent: Packet[] = [];
  handler: ChannelHandler | undefined;
  /** Packets that came while the relay had paused the channel. */
  #held: Packet[] = [];

  constructor(remoteAddress?: string) {
    this.remoteAddress = remoteAddress;
  }

  send(packet: Packet): boolean {
    if (this.state !== 'open') return false;
    this.sent.push(typeof packet === 'string' ? packet : new Uint8Array(packet));
    if (!this.isReading) this.bufferedBytes += packet.length;
    return this.isReading;
  }

  close(code = 1000, reason = ''): void {
    if (this.state !== 'open') return;
    this.state = 'closing';
    this.closedWith = { code, reason };
    queueMicrotask(() => this.#closed(code, reason, true));
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    while (!this.isPaused) {
      const packet = this.#held.shift();
      if (packet === undefined) break;
      this.handler?.packet(packet);
    }
  }

  /** The other end sends; as in a real channel, some packets pass although it is paused. */
  receive(packet: Packet, passesPause = false): void {
    if (this.state !== 'open') return;
    if (this.isPaused && !passesPause) this.#held.push(packet);
    else this.handler?.packet(packet);
  }

  /** The other end reads again. */
  drain(): void {
    this.isReading = true;
    this.bufferedBytes = 0;
    this.handler?.drain?.();
  }

  /** The connection breaks. */
  lose(): void {
    if (this.state === 'open') this.#closed(1006, '', false);
  }

  #closed(code: number, reason: string, wasClean: boolean): void {
    this.state = 'closed';
    this.handler?.close({ code, reason, wasClean });
  }
}
