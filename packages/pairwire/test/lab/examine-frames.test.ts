import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { examineFrames } from '../../src/lab/examine-frames.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const outcomes = (text: string, sender: 'client' | 'server' = 'server') =>
  examineFrames(hex(text), sender).frames.map((frame) => frame.outcomes);

describe('examineFrames', () => {
  test('tells what each frame leads to, a fragment to nothing yet (RFC 6455 §5.4)', () => {
    expect(outcomes('01 03 48656c  89 00  80 02 6c6f  88 02 03e8')).toEqual([
      [],
      [{ type: 'ping', payloadBytes: 0 }],
      [{ type: 'text', text: 'Hello' }],
      [{ type: 'close', code: 1000, reason: '' }],
    ]);
  });

  test.each([
    ['an unmasked frame of a client', '81 02 6869', 'client', 'PW_WS_UNMASKED_FRAME', 1002],
    ['a masked frame of a server', '81 82 00000000 6869', 'server', 'PW_WS_MASKED_FRAME', 1002],
    ['a reserved opcode', '83 00', 'server', 'PW_WS_RESERVED_OPCODE', 1002],
    ['a long way to write a length', '81 7e 0002 6869', 'server', 'PW_WS_NON_MINIMAL_LENGTH', 1002],
    ['a text that is not UTF-8', '81 02 c328', 'server', 'PW_WS_INVALID_UTF8', 1007],
    ['a long ping', `89 7e 007e ${'00'.repeat(126)}`, 'server', 'PW_WS_CONTROL_TOO_LONG', 1002],
  ] as const)('finds %s', (_what, bytes, sender, code, closeCode) => {
    const { frames, state } = examineFrames(hex(bytes), sender);
    expect(frames[0]?.outcomes).toEqual([
      expect.objectContaining({ type: 'fail', code, closeCode }),
    ]);
    expect(state).toBe('closed');
  });

  test('waits for what is not there', () => {
    expect(examineFrames(hex(''), 'server')).toEqual({ frames: [], rest: '', state: 'open' });
    expect(examineFrames(hex('81'), 'server')).toEqual({
      frames: [],
      rest: '81',
      state: 'waiting',
    });
    expect(examineFrames(hex('81 7e c800 4869'), 'server')).toMatchObject({
      frames: [{ payloadBytes: 0xc800, arrivedBytes: 2, outcomes: [] }],
      state: 'waiting',
    });
    expect(examineFrames(hex('01 01 61'), 'server').state).toBe('waiting');
  });

  test('makes something of any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, isClient) => {
        const { frames, rest } = examineFrames(bytes, isClient ? 'client' : 'server');
        const shown = frames.reduce(
          (sum, frame) => sum + frame.headerBytes + frame.arrivedBytes,
          rest.length / 2,
        );
        expect(shown).toBe(bytes.length);
      }),
    );
  });
});
