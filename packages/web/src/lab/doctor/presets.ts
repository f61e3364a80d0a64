import type { Sender } from '../lab-events.ts';

/** One handshake of the table to the tutorial's open question. */
export interface HandshakePreset {
  readonly name: HandshakePresetName;
  /** What the page asks for. */
  readonly protocols?: string;
  /** The lines of the answer; `''` is the empty line. */
  readonly answer: readonly string[];
  readonly lineEnd?: '\\n';
}

export type HandshakePresetName = 'A' | 'B' | 'C' | 'D' | 'E' | 'G' | 'H' | 'I' | 'J' | 'K';

const STATUS = 'HTTP/1.1 101 Switching Protocols';
const UPGRADE = 'Upgrade: websocket';
const CONNECTION = 'Connection: Upgrade';
/** To the key of the request below (RFC 6455 §1.3). */
const ACCEPT = 'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=';
const PLAIN = [STATUS, UPGRADE, CONNECTION, ACCEPT];
const CHAT = 'Sec-WebSocket-Protocol: chat';

/** Letters as in the table: what many clients were measured to do with each. */
export const HANDSHAKE_PRESETS: readonly HandshakePreset[] = [
  { name: 'A', answer: [...PLAIN, ''] },
  { name: 'B', answer: [...PLAIN, CHAT] },
  { name: 'C', answer: [...PLAIN, CHAT, ''] },
  {
    name: 'D',
    protocols: 'chat, superchat',
    answer: [...PLAIN, 'Sec-WebSocket-Protocol: chat, superchat', ''],
  },
  { name: 'E', protocols: 'chat', answer: [...PLAIN, 'Sec-WebSocket-Protocol: Chat', ''] },
  { name: 'G', answer: [STATUS, UPGRADE, 'Connection: keep-alive, Upgrade', ACCEPT, ''] },
  { name: 'H', protocols: 'chat', answer: [...PLAIN, 'Sec-WebSocket-Protocol:', ''] },
  { name: 'I', answer: [...PLAIN, ''], lineEnd: '\\n' },
  {
    name: 'J',
    answer: [STATUS, UPGRADE, CONNECTION, 'Sec-WebSocket-Accept: Kfh9QIsMVZcl6xEPYxPHzW8SZ8w=', ''],
  },
  { name: 'K', protocols: 'chat', answer: [...PLAIN, CHAT, CHAT, ''] },
];

/** The request as one types it, line ends written out. */
export function formatRequest({ protocols }: Pick<HandshakePreset, 'protocols'>): string {
  return formatLines([
    'GET /chat HTTP/1.1',
    'Host: example.org',
    UPGRADE,
    CONNECTION,
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    ...(protocols === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocols}`]),
    '',
  ]);
}

export function formatAnswer({ answer, lineEnd }: HandshakePreset): string {
  return formatLines(answer, lineEnd);
}

function formatLines(lines: readonly string[], lineEnd = '\\r\\n'): string {
  return lines.map((line) => line + lineEnd).join('\n');
}

export type FramePresetName =
  | 'hello'
  | 'unmasked'
  | 'fragments'
  | 'ping'
  | 'littleEndian'
  | 'utf8'
  | 'reserved'
  | 'nonMinimal'
  | 'closeCode';

export interface FramePreset {
  readonly name: FramePresetName;
  readonly sender: Sender;
  readonly bytes: string;
}

/** The examples of RFC 6455 §5.7, and what goes wrong most often. */
export const FRAME_PRESETS: readonly FramePreset[] = [
  { name: 'hello', sender: 'client', bytes: '81 85 37 fa 21 3d 7f 9f 4d 51 58' },
  { name: 'unmasked', sender: 'client', bytes: '81 05 48 65 6c 6c 6f' },
  { name: 'fragments', sender: 'server', bytes: '01 03 48 65 6c 89 00 80 02 6c 6f' },
  { name: 'ping', sender: 'server', bytes: '89 05 48 65 6c 6c 6f' },
  { name: 'littleEndian', sender: 'server', bytes: '81 7e c8 00 48 65 6c 6c 6f' },
  { name: 'utf8', sender: 'server', bytes: '81 03 e6 82 41' },
  { name: 'reserved', sender: 'server', bytes: '83 00' },
  { name: 'nonMinimal', sender: 'server', bytes: '81 7e 00 05 48 65 6c 6c 6f' },
  { name: 'closeCode', sender: 'server', bytes: '88 02 03 ed' },
];
