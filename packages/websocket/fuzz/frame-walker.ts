/** Where frames begin and end in a stream, for the checks; knows no rule but the layout (§5.2). */
export interface FrameSpan {
  readonly start: number;
  /** Where its payload begins. */
  readonly payloadStart: number;
  /** Where it would end; beyond the stream when it is cut off. */
  readonly end: number;
  readonly fin: boolean;
  readonly opcode: number;
  readonly lengthField: 7 | 16 | 64;
}

/** All frames whose header is complete. */
export function walkFrames(stream: Uint8Array): FrameSpan[] {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  const spans: FrameSpan[] = [];
  for (let start = 0; start + 2 <= stream.length;) {
    const first = view.getUint8(start);
    const second = view.getUint8(start + 1);
    const short = second & 0x7f;
    const lengthField = short < 126 ? 7 : short === 126 ? 16 : 64;
    const lengthEnd = start + 2 + (lengthField === 7 ? 0 : lengthField / 8);
    const payloadStart = lengthEnd + (second & 0x80 ? 4 : 0);
    if (payloadStart > stream.length) break;
    const length =
      lengthField === 7
        ? short
        : lengthField === 16
          ? view.getUint16(start + 2)
          : Number(view.getBigUint64(start + 2));
    const end = payloadStart + length;
    spans.push({
      start,
      payloadStart,
      end,
      fin: (first & 0x80) !== 0,
      opcode: first & 0xf,
      lengthField,
    });
    start = end;
  }
  return spans;
}

/** How much payload of an unfinished message has arrived; asked for growing positions. */
export class UnfinishedMessage {
  readonly #spans: readonly FrameSpan[];
  #next = 0;
  /** Of the frames that are complete. */
  #bytes = 0;

  constructor(spans: readonly FrameSpan[]) {
    this.#spans = spans;
  }

  bytesAt(position: number): number {
    let span = this.#spans[this.#next];
    while (span !== undefined && span.end <= position) {
      if (span.opcode < 8) this.#bytes = span.fin ? 0 : this.#bytes + span.end - span.payloadStart;
      span = this.#spans[++this.#next];
    }
    if (span === undefined || span.opcode >= 8) return this.#bytes;
    return this.#bytes + Math.max(0, position - span.payloadStart);
  }
}
