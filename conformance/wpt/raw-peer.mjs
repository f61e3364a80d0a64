/** The server's end of a connection, frame by frame: for handlers that do what an engine would not. */
import { createHash } from 'node:crypto';
import { closePayload, decodeFrame, encodeFrame, Opcode } from '../dist/wire.js';

export class RawPeer {
  #socket;
  #waiting = [];
  #frames = [];
  #bytes = Buffer.alloc(0);

  /** @param {import('node:stream').Duplex} socket */
  constructor(socket, head = Buffer.alloc(0)) {
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('close', () => this.#waiting.splice(0).forEach((resolve) => resolve(undefined)));
    this.#take(head);
  }

  /** The next frame, or undefined when the connection is over. */
  frame() {
    if (this.#frames.length > 0) return Promise.resolve(this.#frames.shift());
    if (this.#socket.destroyed) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** Its payload, when it is a text; undefined when it is a Close frame, or the connection is over. */
  async message() {
    const frame = await this.frame();
    return frame === undefined || frame.opcode === Opcode.close ? undefined : frame.payload;
  }

  send(payload, opcode = Opcode.text) {
    this.#socket.write(encodeFrame({ opcode, payload }));
  }

  /** As the test server of the web platform closes: whatever comes but a Close frame ends TCP. */
  async close(code, reason = '') {
    this.send(code === undefined ? '' : closePayload(code, reason), Opcode.close);
    const answer = await this.frame();
    if (answer?.opcode === Opcode.close) this.end();
    else this.cut();
  }

  write(bytes) {
    this.#socket.write(bytes);
  }

  pause() {
    this.#socket.pause();
  }

  resume() {
    this.#socket.resume();
  }

  end() {
    this.#socket.end();
  }

  cut() {
    // An HTTP/2 stream is reset (RFC 8441 §5); a socket has no `close` with a code.
    if (typeof this.#socket.rstCode === 'number') this.#socket.close(8);
    else this.#socket.destroy();
  }

  #take(chunk) {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    for (;;) {
      const decoded = decodeFrame(this.#bytes);
      if (decoded === undefined) return;
      this.#bytes = decoded.rest;
      const next = this.#waiting.shift();
      if (next === undefined) this.#frames.push(decoded.frame);
      else next(decoded.frame);
    }
  }
}

/** What a server answers an Upgrade request with (RFC 6455 §4.2.2), right or wrong. */
export function upgradeAnswer(request, { accept = acceptOf(request), headers = [] } = {}) {
  return [
    'HTTP/1.1 101 Switching Protocols',
    'Connection: Upgrade',
    'Upgrade: websocket',
    `Sec-WebSocket-Accept: ${accept}`,
    ...headers,
    '\r\n',
  ].join('\r\n');
}

function acceptOf(request) {
  const key = request.headers['sec-websocket-key'] ?? '';
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}
