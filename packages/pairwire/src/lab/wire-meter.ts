import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import type { TransportName } from '@pairwire/channel/server';

import { TRANSPORTS, type MeterReading } from './messages.ts';

/** What a socket had carried at some moment. */
interface SocketMark {
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

const NOTHING: SocketMark = { receivedBytes: 0, sentBytes: 0 };

/**
 * Knows for every socket what it had carried when the response before ended. On a connection of
 * HTTP/1.1 one request follows the other, so what was carried since then belongs to the next one,
 * its header included, which Node does not count by itself.
 */
export class SocketMarks {
  readonly #marks = new WeakMap<Socket, SocketMark>();

  /** To be called for every request of the server, as browsers mix theirs on one connection. */
  follow({ socket }: IncomingMessage, response: ServerResponse): void {
    response.once('close', () => this.#marks.set(socket, markOf(socket)));
  }

  /** Where the present request of this socket began. */
  of(socket: Socket): SocketMark {
    return this.#marks.get(socket) ?? NOTHING;
  }
}

function markOf(socket: Socket): SocketMark {
  return { receivedBytes: socket.bytesRead, sentBytes: socket.bytesWritten };
}

/** A request or a WebSocket that is still going on. */
interface Carrier {
  readonly transport: TransportName;
  readonly socket: Socket;
  readonly start: SocketMark;
}

/**
 * Adds up what one session's channels cost on the wire: bytes of TCP payload as this server's
 * sockets count them, HTTP headers and WebSocket frames included, TCP and IP headers not.
 */
export class WireMeter {
  readonly #finished = new Map<TransportName, MeterReading>();
  readonly #carriers = new Set<Carrier>();

  /** A request has come. @returns to be called when it is over */
  add(transport: TransportName, socket: Socket, start: SocketMark): () => void {
    const carrier = { transport, socket, start };
    this.#carriers.add(carrier);
    this.#count(transport, { receivedBytes: 0, sentBytes: 0, requests: 1 });
    return () => {
      if (this.#carriers.delete(carrier)) this.#count(transport, readingOf(carrier));
    };
  }

  read(): Partial<Record<TransportName, MeterReading>> {
    const readings: Partial<Record<TransportName, MeterReading>> = {};
    for (const transport of TRANSPORTS) {
      let reading = this.#finished.get(transport);
      if (reading === undefined) continue;
      for (const carrier of this.#carriers) {
        if (carrier.transport === transport) reading = sum(reading, readingOf(carrier));
      }
      readings[transport] = reading;
    }
    return readings;
  }

  #count(transport: TransportName, reading: MeterReading): void {
    const before = this.#finished.get(transport);
    this.#finished.set(transport, before === undefined ? reading : sum(before, reading));
  }
}

/** What the carrier has carried so far; its request is counted already. */
function readingOf({ socket, start }: Carrier): MeterReading {
  const now = markOf(socket);
  return {
    receivedBytes: now.receivedBytes - start.receivedBytes,
    sentBytes: now.sentBytes - start.sentBytes,
    requests: 0,
  };
}

function sum(a: MeterReading, b: MeterReading): MeterReading {
  return {
    receivedBytes: a.receivedBytes + b.receivedBytes,
    sentBytes: a.sentBytes + b.sentBytes,
    requests: a.requests + b.requests,
  };
}
