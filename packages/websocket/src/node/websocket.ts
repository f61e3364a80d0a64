import type { SecureContextOptions } from 'node:tls';

import type { ConnectionLimits } from './options.ts';

export interface WebSocketOptions extends ConnectionLimits {
  headers?: Record<string, string>;
  tls?: SecureContextOptions & { rejectUnauthorized?: boolean; servername?: string };
  signal?: AbortSignal;
}

/** The WHATWG client: https://websockets.spec.whatwg.org/ */
export class WebSocket extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSING = 2;
  readonly CLOSED = 3;
  readonly url: string;
  readonly protocol: string = '';
  readonly extensions: string = '';
  readonly bufferedAmount: number = 0;
  readonly readyState: 0 | 1 | 2 | 3 = 3;
  binaryType: 'blob' | 'arraybuffer' = 'blob';
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  onerror: ((event: Event) => void) | null = null;

  constructor(
    url: string | URL,
    _protocols: string | readonly string[] = [],
    _options: WebSocketOptions = {},
  ) {
    super();
    this.url = String(url);
  }

  send(_data: string | ArrayBuffer | ArrayBufferView | Blob): void {}

  close(_code?: number, _reason?: string): void {}
}

export interface MessageEvent extends Event {
  readonly data: string | ArrayBuffer | Blob;
  readonly origin: string;
}

export interface CloseEvent extends Event {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
}
