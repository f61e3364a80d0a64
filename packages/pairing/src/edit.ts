/**
 * What the person did to the text: the content of records. docs/protocol/pairing.md §9.
 *
 * A record's body is one edit after another. Field states, never key presses: what an input method,
 * autocorrect or a swipe did arrives as the text it made.
 */
import { ByteReader, ByteWriter } from './bytes.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

/** The longest text of a message or a field, in UTF-8: 64 KiB less what surrounds it in a record. */
export const MAX_TEXT_BYTES = 65_536 - 64;

const EditType = { accept: 1, state: 2, final: 3, shown: 4, secret: 5, remember: 6 } as const;
const HAS_COMPOSING = 1;

/** The sender has accepted the other side; text may follow once both have. */
export interface AcceptEdit {
  type: 'accept';
}

/** The sender's live field changed: at `start`, `del` code points were replaced by `ins`. */
export interface StateEdit {
  type: 'state';
  /** 1, 2, 3 … in each direction. */
  rev: number;
  start: number;
  del: number;
  ins: string;
  selectionStart: number;
  selectionEnd: number;
  composing?: { start: number; end: number } | undefined;
}

/** A finished text. The sender's live field is empty afterwards. */
export interface FinalEdit {
  type: 'final';
  /** 1, 2, 3 … in each direction. */
  id: number;
  text: string;
}

/**
 * A finished text that nobody is to see by chance: never part of a live field, which it leaves
 * alone, and not kept. Only for a side that has said that it takes them. §9.4
 */
export interface SecretEdit {
  type: 'secret';
  /** Counts together with the finals. */
  id: number;
  /** Empty: its author had to give it up, and the id must not be missing. */
  text: string;
}

/** The other side's message with that id is on the sender's screen. */
export interface ShownEdit {
  type: 'shown';
  id: number;
}

/** Whether the sender's person wants the two ends to remember each other. Only for a side that can. §16.1 */
export interface RememberEdit {
  type: 'remember';
  wanted: boolean;
}

export type Edit = AcceptEdit | StateEdit | FinalEdit | SecretEdit | ShownEdit | RememberEdit;

export function encodeEdit(edit: Edit): Uint8Array {
  const writer = new ByteWriter().byte(EditType[edit.type]);
  switch (edit.type) {
    case 'accept':
      break;
    case 'state':
      writer
        .byte(edit.composing === undefined ? 0 : HAS_COMPOSING)
        .varint(edit.rev)
        .varint(edit.start)
        .varint(edit.del)
        .sized(encodeUtf8(edit.ins))
        .varint(edit.selectionStart)
        .varint(edit.selectionEnd);
      if (edit.composing !== undefined) {
        writer.varint(edit.composing.start).varint(edit.composing.end);
      }
      break;
    case 'final':
    case 'secret':
      writer.varint(edit.id).sized(encodeUtf8(edit.text));
      break;
    case 'shown':
      writer.varint(edit.id);
      break;
    case 'remember':
      writer.byte(edit.wanted ? 1 : 0);
      break;
  }
  return writer.finish();
}

/** @returns undefined when any part of the body is not an edit; then none of it counts. */
export function decodeEdits(body: Uint8Array): Edit[] | undefined {
  const reader = new ByteReader(body);
  const edits: Edit[] = [];
  while (!reader.atEnd) {
    const edit = readEdit(reader);
    if (edit === undefined) return undefined;
    edits.push(edit);
  }
  return reader.failed ? undefined : edits;
}

function readEdit(reader: ByteReader): Edit | undefined {
  switch (reader.byte()) {
    case EditType.accept:
      return { type: 'accept' };
    case EditType.state:
      return readState(reader);
    case EditType.final:
      return readFinal(reader, 'final');
    case EditType.secret:
      return readFinal(reader, 'secret');
    case EditType.shown:
      return { type: 'shown', id: reader.varint() };
    case EditType.remember: {
      const wanted = reader.byte();
      return wanted > 1 ? undefined : { type: 'remember', wanted: wanted === 1 };
    }
    default:
      return undefined;
  }
}

function readFinal(
  reader: ByteReader,
  type: 'final' | 'secret',
): FinalEdit | SecretEdit | undefined {
  const id = reader.varint();
  const text = readText(reader);
  return text === undefined ? undefined : { type, id, text };
}

function readState(reader: ByteReader): StateEdit | undefined {
  const flags = reader.byte();
  if (flags > HAS_COMPOSING) return undefined;
  const rev = reader.varint();
  const start = reader.varint();
  const del = reader.varint();
  const ins = readText(reader);
  const selectionStart = reader.varint();
  const selectionEnd = reader.varint();
  if (ins === undefined) return undefined;
  const state: StateEdit = { type: 'state', rev, start, del, ins, selectionStart, selectionEnd };
  if (flags === HAS_COMPOSING) state.composing = { start: reader.varint(), end: reader.varint() };
  return state;
}

function readText(reader: ByteReader): string | undefined {
  const bytes = reader.sized();
  return bytes.length > MAX_TEXT_BYTES ? undefined : decodeUtf8(bytes);
}
