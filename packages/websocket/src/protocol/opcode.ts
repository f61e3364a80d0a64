/** What a frame is (RFC 6455 §5.2, registry in §11.8). */
export const Opcode = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
} as const;

export type Opcode = (typeof Opcode)[keyof typeof Opcode];

/** Control frames are never fragmented and carry at most 125 bytes (§5.5). */
export function isControlOpcode(opcode: number): boolean {
  return (opcode & 0x8) !== 0;
}

/** 3–7 and 0xB–0xF are reserved: a receiver must fail the connection (§5.2). */
export function isReservedOpcode(opcode: number): boolean {
  return (opcode & 0x7) > 2;
}
