/** A peer that speaks bytes: what the engine under test must withstand is written by hand. */
import { createHash } from 'node:crypto';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** The key and the accept value of RFC 6455 §1.3. */
export const SAMPLE_KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
export const SAMPLE_ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

export interface RawFrame {
  readonly fin: boolean;
  readonly rsv: number;
  readonly opcode: number;
  readonly masked: boolean;
  readonly payload: Buffer;
}

/** One end of a TCP connection that collects what arrives and waits for conditions on it. */
export class RawPeer {
  readonly socket: Socket;
  /** Bytes that arrived, also those taken out of `received` since. */
  totalBytes = 0;
  ended = false;
  closed = false;
  #changed: (() => void)[] = [];
  /** Joined only when somebody looks: some tests receive a lot. */
  #chunks: Buffer[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.totalBytes += chunk.length;
      this.#chunks.push(chunk);
      this.#wake();
    });
    socket.on('end', () => {
      this.ended = true;
      this.#wake();
    });
    socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
    socket.on('error', () => {});
  }

  get received(): Buffer {
    const [first, ...others] = this.#chunks;
    if (first !== undefined && others.length === 0) return first;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }

  set received(rest: Buffer) {
    this.#chunks = [rest];
  }

  static async connect(port: number, options: { allowHalfOpen?: boolean } = {}): Promise<RawPeer> {
    const socket = connect({ port, host: '127.0.0.1', ...options });
    const peer = new RawPeer(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return peer;
  }

  /** Connects and completes the opening handshake; the answer is taken out of `received`. */
  static async open(port: number, path = '/', headers: readonly string[] = []): Promise<RawPeer> {
    const peer = await RawPeer.connect(port);
    peer.write(upgradeRequest({ path, headers }));
    const head = await peer.head();
    if (!head.startsWith('HTTP/1.1 101 ')) throw new Error(`refused: ${head}`);
    return peer;
  }

  write(data: string | Uint8Array): void {
    this.socket.write(data);
  }

  /** Waits until `probe` gives something, or fails when the connection ends without it. */
  async until<T>(probe: () => T | undefined): Promise<T> {
    for (;;) {
      const value = probe();
      if (value !== undefined) return value;
      if (this.closed)
        throw new Error(`closed after ${JSON.stringify(this.received.toString('latin1'))}`);
      await new Promise<void>((resolve) => this.#changed.push(resolve));
    }
  }

  /** The next HTTP header block. */
  head(): Promise<string> {
    return this.until(() => {
      const end = this.received.indexOf('\r\n\r\n');
      if (end === -1) return undefined;
      const text = this.received.toString('latin1', 0, end + 4);
      this.received = this.received.subarray(end + 4);
      return text;
    });
  }

  /** A whole refusal: head and body. */
  async refusal(): Promise<{ status: number; head: string; body: string }> {
    const head = await this.head();
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    const body = await this.bytes(length);
    return { status: Number(head.slice(9, 12)), head, body: body.toString() };
  }

  bytes(length: number): Promise<Buffer> {
    return this.until(() => {
      if (this.received.length < length) return undefined;
      const bytes = this.received.subarray(0, length);
      this.received = this.received.subarray(length);
      return bytes;
    });
  }

  frame(): Promise<RawFrame> {
    return this.until(() => {
      const read = readFrame(this.received);
      if (read === undefined) return undefined;
      this.received = this.received.subarray(read.length);
      return read.frame;
    });
  }

  /** The code of the next frame, which must be a Close; undefined when that is empty. */
  async closeCode(): Promise<number | undefined> {
    const { opcode, payload } = await this.frame();
    if (opcode !== 8) throw new Error(`expected a Close frame, got opcode ${opcode}`);
    return payload.length === 0 ? undefined : payload.readUInt16BE(0);
  }

  /** Waits for the end of TCP. */
  async end(): Promise<void> {
    while (!this.closed) await new Promise<void>((resolve) => this.#changed.push(resolve));
  }

  destroy(): void {
    this.socket.destroy();
  }

  #wake(): void {
    for (const wake of this.#changed.splice(0)) wake();
  }
}

/** A TCP server that hands its connections out one after another. */
export class RawServer {
  readonly #server: Server;
  readonly #peers: RawPeer[] = [];
  readonly #all: RawPeer[] = [];
  #waiting: ((peer: RawPeer) => void)[] = [];

  constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => {
      const peer = new RawPeer(socket);
      this.#all.push(peer);
      const next = this.#waiting.shift();
      if (next === undefined) this.#peers.push(peer);
      else next(peer);
    });
  }

  static async listen(): Promise<RawServer> {
    const server = new RawServer(createServer({ allowHalfOpen: true }));
    await new Promise<void>((resolve) => {
      server.#server.listen(0, '127.0.0.1', resolve);
    });
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/`;
  }

  accept(): Promise<RawPeer> {
    const peer = this.#peers.shift();
    if (peer !== undefined) return Promise.resolve(peer);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Accepts a connection and answers its request in an orderly way. */
  async open(headers: readonly string[] = []): Promise<RawPeer> {
    const peer = await this.accept();
    const request = await peer.head();
    peer.write(upgradeResponse(request, headers));
    return peer;
  }

  close(): Promise<void> {
    for (const peer of this.#all) peer.destroy();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}

export interface UpgradeRequest {
  method?: string;
  path?: string;
  version?: string;
  /** Replaces the usual header lines. */
  lines?: readonly string[];
  /** Added to them. */
  headers?: readonly string[];
}

export const USUAL_LINES: readonly string[] = [
  'Host: localhost',
  'Upgrade: websocket',
  'Connection: Upgrade',
  `Sec-WebSocket-Key: ${SAMPLE_KEY}`,
  'Sec-WebSocket-Version: 13',
];

export function upgradeRequest(request: UpgradeRequest = {}): string {
  const {
    method = 'GET',
    path = '/',
    version = '1.1',
    lines = USUAL_LINES,
    headers = [],
  } = request;
  return [`${method} ${path} HTTP/${version}`, ...lines, ...headers, '', ''].join('\r\n');
}

function upgradeResponse(request: string, headers: readonly string[] = []): string {
  const key = /^sec-websocket-key: *(.*)\r$/im.exec(request)?.[1] ?? '';
  return [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${acceptFor(key)}`,
    ...headers,
    '',
    '',
  ].join('\r\n');
}

export function acceptFor(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

export interface FrameFields {
  fin?: boolean;
  rsv?: number;
  opcode?: number;
  /** The masking key; undefined sends the payload bare. */
  mask?: readonly [number, number, number, number] | undefined;
  /** 7, 16 or 64 bits; the shortest that fits unless given. */
  lengthBits?: 7 | 16 | 64;
  /** What the header claims, when it is not the truth. */
  claimedLength?: number | bigint;
}

const MASK = [0x37, 0xfa, 0x21, 0x3d] as const;

/** A frame of a client; `mask: undefined` makes it one of a server. */
export function frame(payload: string | Uint8Array = '', fields: FrameFields = {}): Buffer {
  const body = Buffer.from(payload as Uint8Array);
  const { fin = true, rsv = 0, opcode = 1 } = fields;
  const mask = 'mask' in fields ? fields.mask : MASK;
  const claimed = BigInt(fields.claimedLength ?? body.length);
  const bits = fields.lengthBits ?? (claimed < 126n ? 7 : claimed < 65_536n ? 16 : 64);
  const masked = mask === undefined ? 0 : 0x80;
  const head = Buffer.alloc(bits === 7 ? 2 : bits === 16 ? 4 : 10);
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  if (bits === 7) {
    head[1] = masked | Number(claimed);
  } else if (bits === 16) {
    head[1] = masked | 126;
    head.writeUInt16BE(Number(claimed), 2);
  } else {
    head[1] = masked | 127;
    head.writeBigUInt64BE(claimed, 2);
  }
  if (mask === undefined) return Buffer.concat([head, body]);
  const hidden = body.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([head, Buffer.from(mask), hidden]);
}

export function serverFrame(payload: string | Uint8Array, fields: FrameFields = {}): Buffer {
  return frame(payload, { mask: undefined, ...fields });
}

export function closeFrame(code?: number, reason = '', fields: FrameFields = {}): Buffer {
  const body =
    code === undefined
      ? Buffer.alloc(0)
      : Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]);
  return frame(body, { opcode: 8, ...fields });
}

function readFrame(bytes: Buffer): { frame: RawFrame; length: number } | undefined {
  if (bytes.length < 2) return undefined;
  const [first = 0, second = 0] = bytes;
  let at = 2;
  let length = second & 0x7f;
  if (length === 126) {
    if (bytes.length < 4) return undefined;
    length = bytes.readUInt16BE(2);
    at = 4;
  } else if (length === 127) {
    if (bytes.length < 10) return undefined;
    length = Number(bytes.readBigUInt64BE(2));
    at = 10;
  }
  const masked = (second & 0x80) !== 0;
  const mask = masked ? bytes.subarray(at, at + 4) : undefined;
  if (masked) at += 4;
  if (bytes.length < at + length) return undefined;
  const payload = Buffer.from(bytes.subarray(at, at + length));
  if (mask !== undefined) {
    for (let i = 0; i < payload.length; i++) payload[i] = (payload[i] ?? 0) ^ (mask[i % 4] ?? 0);
  }
  const frameRead = {
    fin: (first & 0x80) !== 0,
    rsv: (first >> 4) & 7,
    opcode: first & 0x0f,
    masked,
    payload,
  };
  return { frame: frameRead, length: at + length };
}
