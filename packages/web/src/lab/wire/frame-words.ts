import type { FrameDescription, FrameField } from '../lab-events.ts';
import { fromHex } from '../hex.ts';
import type { LabMessages } from '../text/lab-messages.en.ts';
import type { Detail } from './detail.ts';

const OPCODES = new Map([
  [0x0, 'continuation'],
  [0x1, 'text'],
  [0x2, 'binary'],
  [0x8, 'close'],
  [0x9, 'ping'],
  [0xa, 'pong'],
] as const);

export type OpcodeName = keyof LabMessages['opcodes'];

/** Where RFC 6455 speaks of the field. */
const SECTIONS: Readonly<Record<FrameField['name'], string>> = {
  fin: '§5.2',
  rsv: '§5.2',
  opcode: '§5.2',
  mask: '§5.2',
  'payload-length': '§5.2',
  'extended-length': '§5.2',
  'masking-key': '§5.3',
  payload: '§5.6',
  'close-code': '§7.4.1',
  'close-reason': '§5.5.1',
};

const OPCODE_SECTIONS: Readonly<Record<OpcodeName, string>> = {
  continuation: '§5.4',
  text: '§5.6',
  binary: '§5.6',
  close: '§5.5.1',
  ping: '§5.5.2',
  pong: '§5.5.3',
  reserved: '§5.2',
};

export function opcodeOf(frame: FrameDescription): OpcodeName {
  const opcode = frame.fields.find(({ name }) => name === 'opcode')?.value ?? 0;
  return OPCODES.get(opcode as Parameters<typeof OPCODES.get>[0]) ?? 'reserved';
}

/** Everything there is to say about one field of a frame. */
export function describeField(
  texts: LabMessages,
  frame: FrameDescription,
  field: FrameField,
): Detail {
  const { name, meaning } = texts.fields[field.name];
  const isOpcode = field.name === 'opcode';
  return {
    name,
    where: `${placeOf(texts, field)} · ${valueOf(frame, field)}`,
    meanings: [meaning, sayingOf(texts, frame, field)].filter((text) => text !== ''),
    section: isOpcode ? OPCODE_SECTIONS[opcodeOf(frame)] : SECTIONS[field.name],
  };
}

function placeOf(texts: LabMessages, { firstBit, bitCount }: FrameField): string {
  const lastBit = firstBit + bitCount - 1;
  const isWholeBytes = firstBit % 8 === 0 && bitCount % 8 === 0;
  return isWholeBytes
    ? texts.bytes(firstBit / 8, (lastBit - 7) / 8)
    : texts.bits(firstBit, lastBit);
}

/** The value in the notation in which one would write it down. */
function valueOf(frame: FrameDescription, field: FrameField): string {
  switch (field.name) {
    case 'fin':
    case 'mask':
      return String(field.value);
    case 'rsv':
      return field.value.toString(2).padStart(3, '0');
    case 'opcode':
      return `0x${field.value.toString(16).toUpperCase()}`;
    case 'masking-key':
      return field.value.toString(16).padStart(8, '0');
    case 'payload':
    case 'close-reason':
      return `${field.bitCount / 8} / ${frame.payloadBytes}`;
    default:
      return String(field.value);
  }
}

/** What this very value says. */
function sayingOf(texts: LabMessages, frame: FrameDescription, field: FrameField): string {
  const { values } = texts;
  switch (field.name) {
    case 'fin':
    case 'mask':
      return values[field.name][field.value] ?? '';
    case 'rsv':
      return values.rsv[field.value === 0 ? 0 : 1] ?? '';
    case 'opcode':
      return `${texts.opcodes[opcodeOf(frame)]}: ${values.opcode[opcodeOf(frame)]}`;
    case 'payload-length':
      if (field.value === 126) return values.lengthElsewhere(2);
      if (field.value === 127) return values.lengthElsewhere(8);
      return values.length(field.value);
    case 'extended-length':
      return values.length(field.value);
    case 'masking-key': {
      const sum = firstSum(frame);
      return sum === undefined ? '' : values.xor(sum);
    }
    case 'close-code':
      return closeCodeText(texts, field.value);
    default:
      return frame.arrivedBytes < frame.payloadBytes
        ? texts.missing(frame.payloadBytes - frame.arrivedBytes)
        : '';
  }
}

function closeCodeText(texts: LabMessages, code: number): string {
  return (texts.closeCodes as Readonly<Record<number, string>>)[code] ?? '';
}

/** The first bytes of the payload, unmasked as one would by hand. */
function firstSum(frame: FrameDescription): string | undefined {
  const key = maskingKeyOf(frame);
  const plain = fromHex(frame.payload);
  if (key === undefined || plain.length === 0) return undefined;
  const wire = fromHex(frame.bytes).subarray(frame.headerBytes);
  const sums = Array.from(plain.subarray(0, 2), (byte, index) =>
    [wire[index], key[index % 4], byte]
      .map((each) => (each ?? 0).toString(16).padStart(2, '0'))
      .join(' ⊕ ')
      .replace(/ ⊕ (\w\w)$/, ' = $1'),
  );
  return sums.join(', ');
}

/** The four bytes of the key; undefined when the frame is not masked. */
export function maskingKeyOf(frame: FrameDescription): Uint8Array | undefined {
  const field = frame.fields.find(({ name }) => name === 'masking-key');
  if (field === undefined) return undefined;
  const start = field.firstBit / 8;
  return fromHex(frame.bytes).subarray(start, start + 4);
}
