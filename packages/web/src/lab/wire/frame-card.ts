import { element } from '../../ui/element.ts';
import { fromHex } from '../hex.ts';
import type { FrameDescription, FrameField, Sender } from '../lab-events.ts';
import type { LabMessages } from '../text/lab-messages.en.ts';
import { createByteCells } from './byte-cells.ts';
import { FieldPicker } from './detail.ts';
import { describeField, maskingKeyOf, opcodeOf } from './frame-words.ts';

export interface FrameCardOptions {
  readonly from: Sender;
  /** When it came, as people say it. */
  readonly time?: string;
}

/** One frame, byte by byte, each field in its colour and with its name. */
export function createFrameCard(
  texts: LabMessages,
  frame: FrameDescription,
  { from, time }: FrameCardOptions,
): HTMLElement {
  const picker = new FieldPicker(texts);
  const bytes = fromHex(frame.bytes);
  const createField = (field: FrameField) => {
    const button = element(
      'button',
      { type: 'button', class: 'field', 'data-field': field.name, 'data-testid': 'field' },
      contentOf(frame, field, bytes),
      element('span', { class: 'field-name' }, texts.fields[field.name].name),
    );
    picker.add(button, describeField(texts, frame, field));
    return button;
  };
  const inBits = frame.fields.filter(({ firstBit }) => firstBit < 16);
  const opcode = frame.fields.find(({ name }) => name === 'opcode');
  const firstBytes = [0, 1].map((index) =>
    element(
      'div',
      { class: 'byte' },
      element('span', { class: 'byte-hex', 'aria-hidden': 'true' }, hexAt(bytes, index)),
      element(
        'div',
        { class: 'byte-bits' },
        ...inBits.filter(({ firstBit }) => firstBit >> 3 === index).map(createField),
      ),
    ),
  );
  const others = frame.fields.filter(({ firstBit }) => firstBit >= 16).map(createField);
  const hiddenBytes = frame.arrivedBytes - frame.payload.length / 2;
  if (opcode !== undefined) {
    const button = firstBytes[0]?.querySelector<HTMLElement>('[data-field=opcode]');
    if (button) picker.pick(button, describeField(texts, frame, opcode));
  }
  return element(
    'article',
    { class: 'frame', 'data-testid': 'frame', 'data-sender': from, 'data-opcode': opcodeOf(frame) },
    createHeading(texts, frame, { from, ...(time !== undefined && { time }) }),
    element(
      'div',
      { class: 'frame-bytes', role: 'group', 'aria-label': texts.fieldsLabel },
      ...firstBytes,
      ...others,
      hiddenBytes > 0 && element('span', { class: 'note' }, texts.notShown(hiddenBytes)),
    ),
    picker.panel,
  );
}

function createHeading(
  texts: LabMessages,
  frame: FrameDescription,
  { from, time }: FrameCardOptions,
): HTMLElement {
  const direction = from === 'client' ? texts.fromClient : texts.fromServer;
  return element(
    'header',
    { class: 'frame-head' },
    element('span', { class: 'frame-direction' }, direction),
    element('strong', {}, texts.opcodes[opcodeOf(frame)]),
    element('span', { class: 'note' }, texts.payloadBytes(frame.payloadBytes)),
    time !== undefined && element('span', { class: 'note frame-time' }, time),
  );
}

/** Bits where a field is smaller than a byte, else bytes; a masked payload with what it hides. */
function contentOf(frame: FrameDescription, field: FrameField, bytes: Uint8Array): HTMLElement {
  const { firstBit, bitCount } = field;
  if (firstBit < 16) {
    const bits = (bytes[firstBit >> 3] ?? 0).toString(2).padStart(8, '0');
    return element('span', { class: 'bits' }, bits.slice(firstBit % 8, (firstBit % 8) + bitCount));
  }
  const start = firstBit / 8;
  const wire = bytes.subarray(start, start + bitCount / 8);
  if (start < frame.headerBytes) return createByteCells(wire);
  const offset = start - frame.headerBytes;
  const plain = fromHex(frame.payload).subarray(offset, offset + wire.length);
  const isText = field.name === 'close-reason' || opcodeOf(frame) === 'text';
  return createByteCells(wire, {
    ...(maskingKeyOf(frame) !== undefined && { plain }),
    withText: isText || opcodeOf(frame) === 'ping' || opcodeOf(frame) === 'pong',
  });
}

function hexAt(bytes: Uint8Array, index: number): string {
  return (bytes[index] ?? 0).toString(16).padStart(2, '0');
}
