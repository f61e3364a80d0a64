/** What differs between the streams that may carry a WebSocket: TCP, TLS, a stream of HTTP/2. */
import { constants, type Http2Stream } from 'node:http2';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

function isHttp2Stream(carrier: Duplex): carrier is Http2Stream {
  return 'rstCode' in carrier;
}

/** The address of the other end of TCP. */
export function remoteAddressOf(carrier: Duplex): string | undefined {
  if (carrier instanceof Socket) return carrier.remoteAddress;
  if (!isHttp2Stream(carrier)) return undefined;
  // Once its session is gone, a stream knows no socket any more.
  return carrier.session?.socket?.remoteAddress;
}

/** Ends both halves now. On a stream that is RST_STREAM with CANCEL (RFC 8441 §5), as TCP's RST. */
export function cutCarrier(carrier: Duplex): void {
  if (isHttp2Stream(carrier) && !carrier.destroyed && !carrier.closed) {
    carrier.close(constants.NGHTTP2_CANCEL);
  }
  carrier.destroy();
}
