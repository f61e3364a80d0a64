import type { WebSocketLike } from '../src/client/index.ts';

/** A WebSocket as a browser has it, with the test in the place of network and server. */
export class FakeWebSocket implements WebSocketLike {
  static last: FakeWebSocket;
  readonly url: string;
  readonly offered: string[];
  binaryType = 'blob';
  bufferedAmount = 0;
  protocol = '';
  onopen: WebSocketLike['onopen'] = null;
  onmessage: WebSocketLike['onmessage'] = null;
  onerror: WebSocketLike['onerror'] = null;
  onclose: WebSocketLike['onclose'] = null;
  readonly sent: (string | Uint8Array)[] = [];
  readonly closedWith: (number | undefined)[] = [];

  constructor(url: string, protocols: string | string[] = []) {
    this.url = url;
    this.offered = [protocols].flat();
    FakeWebSocket.last = this;
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    this.sent.push(data);
    this.bufferedAmount += data.length;
  }

  close(code?: number): void {
    this.closedWith.push(code);
  }

  open(protocol = this.offered[0] ?? ''): void {
    this.protocol = protocol;
    this.onopen?.({});
  }

  receive(data: unknown): void {
    this.onmessage?.({ data });
  }

  closed(code = 1006, reason = '', wasClean = false): void {
    this.onclose?.({ code, reason, wasClean });
  }
}
