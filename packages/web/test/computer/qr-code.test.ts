import decodeQR from 'qr/decode.js';
import { describe, expect, test } from 'vitest';
import { encode } from 'uqr';
import { tracePath } from '../../src/computer/qr-code.ts';

/** Paints the path's rectangles into pixels again, each module 4 × 4, as a browser would. */
function paint(path: string, size: number): { width: number; height: number; data: Uint8Array } {
  const scale = 4;
  const width = size * scale;
  const data = new Uint8Array(width * width * 4).fill(255);
  for (const [, x, y, run] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    for (let row = Number(y) * scale; row < (Number(y) + 1) * scale; row += 1) {
      for (
        let column = Number(x) * scale;
        column < (Number(x) + Number(run)) * scale;
        column += 1
      ) {
        data.fill(0, (row * width + column) * 4, (row * width + column) * 4 + 3);
      }
    }
  }
  return { width, height: width, data };
}

describe('the QR code', () => {
  test('drawn as a path is read back by an independent decoder', () => {
    const link = 'http://192.168.1.7:1818/p#3f0c9a52-7b1e-4d2a-9c41-0d6e8f5a7b13';
    const { data, size } = encode(link, { ecc: 'M', border: 4 });
    expect(decodeQR(paint(tracePath(data), size))).toBe(link);
  });

  test('is one rectangle for each run, and none for light', () => {
    expect(tracePath([[false, true, true, false, true], [], [false]])).toBe(
      'M1 0h2v1h-2zM4 0h1v1h-1z',
    );
  });
});
