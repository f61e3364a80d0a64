import { element } from '../../ui/element.ts';
import { splitCharacters, visible } from './characters.ts';

/** What stands below the bytes of the wire. */
export interface CellOptions {
  /** Also the bytes without their mask. */
  readonly plain?: Uint8Array;
  /** Also the characters they make. */
  readonly withText?: boolean;
}

/** Bytes as cells, those of one character together, so that a line break never parts them. */
export function createByteCells(wire: Uint8Array, options: CellOptions = {}): HTMLElement {
  const { plain, withText = false } = options;
  const readable = plain ?? wire;
  const groups = withText
    ? splitCharacters(readable)
    : Array.from(wire, (_, start) => ({ start, length: 1, character: undefined }));
  return element(
    'span',
    { class: 'cells' },
    ...groups.map(({ start, length, character }) =>
      element(
        'span',
        { class: 'cell-group' },
        createRow('cell-wire', wire.subarray(start, start + length)),
        plain !== undefined && createRow('cell-plain', plain.subarray(start, start + length)),
        withText && element('span', { class: 'cell-character' }, visible(character)),
      ),
    ),
  );
}

function createRow(kind: string, bytes: Uint8Array): HTMLElement {
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'));
  return element(
    'span',
    { class: kind },
    ...digits.map((pair) => element('span', { class: 'cell' }, pair)),
  );
}
