import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { RawPeer } from '../node/raw-peer.ts';
import { closeOf, describeBoth, startServer, type Socket } from './both.ts';

/** A client's frame by its first byte, masked with zeros. */
function frame(firstByte: number, payload: Uint8Array = Buffer.alloc(0), masked = true): Buffer {
  const mask = masked ? [0, 0, 0, 0] : [];
  return Buffer.from([firstByte, (masked ? 0x80 : 0) | payload.length, ...mask, ...payload]);
}

const broken: [what: string, bytes: Buffer, closeCode: number, code: string][] = [
  ['reserved bits (§5.2)', frame(0xc1), 1002, 'WS_ERR_UNEXPECTED_RSV_1'],
  ['a reserved opcode (§5.2)', frame(0x83), 1002, 'WS_ERR_INVALID_OPCODE'],
  ['no mask (§5.1)', frame(0x81, Buffer.from('x'), false), 1002, 'WS_ERR_EXPECTED_MASK'],
  ['a fragmented Ping (§5.5)', frame(0x09), 1002, 'WS_ERR_EXPECTED_FIN'],
  [
    'a long Ping (§5.5)',
    Buffer.from([0x89, 0xfe, 0, 126, 0, 0, 0, 0]),
    1002,
    'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH',
  ],
  ['an orphan continuation (§5.4)', frame(0x80), 1002, 'WS_ERR_INVALID_OPCODE'],
  [
    'an interrupted message (§5.4)',
    Buffer.concat([frame(0x01), frame(0x81)]),
    1002,
    'WS_ERR_INVALID_OPCODE',
  ],
  ['invalid UTF-8 (§8.1)', frame(0x81, Buffer.from([0xff])), 1007, 'WS_ERR_INVALID_UTF8'],
  [
    'a close code that must not be sent (§7.4)',
    frame(0x88, Buffer.from([3, 0xed])),
    1002,
    'WS_ERR_INVALID_CLOSE_CODE',
  ],
  [
    'a Close of one byte (§5.5.1)',
    frame(0x88, Buffer.from([3])),
    1002,
    'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH',
  ],
  [
    'more than `maxPayload`',
    frame(0x82, Buffer.alloc(101)),
    1009,
    'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
  ],
];

describeBoth('a peer that breaks the protocol', (library) => {
  test.each(broken)('by %s', async (_, bytes, closeCode, code) => {
    const { server, port } = await startServer(library, { maxPayload: 100 });
    const accepted = once(server, 'connection');
    const peer = await RawPeer.open(port);
    onTestFinished(() => peer.destroy());
    const [socket] = (await accepted) as [Socket];
    const failed = once(socket, 'error');
    const closed = closeOf(socket);
    peer.write(bytes);
    const [error] = (await failed) as [Error & { code: string }];
    expect(error.code).toBe(code);
    expect(socket.readyState).toBe(2);
    expect(await peer.closeCode()).toBe(closeCode);
    peer.socket.end();
    expect(await closed).toEqual({ code: 1006, reason: '' });
  });
});
