import { decodeFrameHeader, FrameHeader } from '@pairwire/websocket/protocol';

import { describeFrame, type FrameDescription } from './describe-frame.ts';
import { LAB_LIMITS } from './limits.ts';

/**
 * Cuts one direction of a connection into frames and describes them. Judges nothing: that is the
 * engine's part. Keeps a header and the shown beginning of a payload at most.
 */
export class FrameCutter {
  readonly #header = new FrameHeader();
  #held: Uint8Array = new Uint8Array(0);
  /** Payload still to come of a frame that has been described. */
  #skipBytes = 0;

  /** The chunk is only read, and not kept. */
  feed(chunk: Uint8Array): FrameDescription[] {
    const frames: FrameDescription[] = [];
    let bytes: Uint8Array = Buffer.concat([this.#held, chunk]);
    for (;;) {
      const skipped = Math.min(this.#skipBytes, bytes.length);
      this.#skipBytes -= skipped;
      bytes = bytes.subarray(skipped);
      const headerBytes = decodeFrameHeader(bytes, 0, bytes.length, this.#header);
      if (headerBytes === 0) break;
      const { payloadLength } = this.#header;
      const shownBytes = Math.min(payloadLength, LAB_LIMITS.maxShownPayloadBytes);
      if (bytes.length < headerBytes + shownBytes) break;
      const frame = describeFrame(bytes.subarray(0, headerBytes + shownBytes));
      // The rest of the payload is not waited for.
      if (frame !== undefined) frames.push({ ...frame, arrivedBytes: payloadLength });
      this.#skipBytes = payloadLength - shownBytes;
      bytes = bytes.subarray(headerBytes + shownBytes);
    }
    this.#held = Uint8Array.from(bytes);
    return frames;
  }
}
