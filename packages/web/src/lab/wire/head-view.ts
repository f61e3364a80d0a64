import { createButton } from '../../ui/button.ts';
import { element, setText } from '../../ui/element.ts';
import { latin1Bytes } from '../hex.ts';
import type { HeadLine } from '../lab-events.ts';
import type { FieldText, LabMessages } from '../text/lab-messages.en.ts';
import { createByteCells } from './byte-cells.ts';
import { FieldPicker, type Detail } from './detail.ts';

const SECTIONS: Readonly<Record<string, string>> = {
  host: '§4.1',
  upgrade: '§4.1',
  connection: '§4.1',
  origin: '§10.2',
  'sec-websocket-key': '§11.3.1',
  'sec-websocket-version': '§11.3.5',
  'sec-websocket-protocol': '§11.3.4',
  'sec-websocket-extensions': '§9.1',
  'sec-websocket-accept': '§11.3.3',
};

/** The request or the answer of an opening handshake, line by line, as text or as bytes. */
export function createHeadView(
  texts: LabMessages,
  side: 'request' | 'response',
  lines: readonly HeadLine[],
): HTMLElement {
  const picker = new FieldPicker(texts);
  let offset = 0;
  const buttons = lines.map((line) => {
    const detail = describeLine(texts, side, line, offset);
    offset += line.text.length + 2;
    const button = element('button', {
      type: 'button',
      class: 'head-line',
      'data-testid': 'head-line',
      'data-kind': line.kind,
      'data-known': line.name !== undefined && line.name in SECTIONS,
    });
    picker.add(button, detail);
    return { line, button };
  });
  let asBytes = false;
  const toggle = createButton({
    testId: 'show-bytes',
    label: texts.showBytes,
    onClick: () => {
      asBytes = !asBytes;
      draw();
    },
  });
  const draw = () => {
    for (const { line, button } of buttons) {
      button.replaceChildren(...(asBytes ? createLineBytes(line) : createLineText(line)));
    }
    setText(toggle.querySelector('span') ?? toggle, asBytes ? texts.showText : texts.showBytes);
  };
  draw();
  const label = side === 'request' ? texts.requestLabel : texts.responseLabel;
  return element(
    'section',
    { class: 'head', 'data-testid': side, 'aria-label': label },
    element('header', { class: 'head-title' }, element('h4', {}, label), toggle),
    element('div', { class: 'head-lines' }, ...buttons.map(({ button }) => button)),
    picker.panel,
  );
}

function describeLine(
  texts: LabMessages,
  side: 'request' | 'response',
  line: HeadLine,
  offset: number,
): Detail {
  const { name, meaning } = wordsFor(texts, side, line);
  return {
    name,
    where: texts.bytes(offset, offset + line.text.length + 1),
    meanings: line.hidden ? [meaning, texts.hiddenValue] : [meaning],
    section: line.kind === 'field' ? SECTIONS[line.name ?? ''] : '§4.1',
  };
}

function wordsFor(texts: LabMessages, side: 'request' | 'response', line: HeadLine): FieldText {
  const { start, end, other, fields } = texts.heads;
  if (line.kind === 'start') return start[side];
  if (line.kind === 'end') return end;
  const { name = '' } = line;
  const known = Object.hasOwn(fields, name) ? fields[name] : undefined;
  return known ?? { ...other, name: line.text.slice(0, name.length) };
}

function createLineText({ kind, text, name = '' }: HeadLine): HTMLElement[] {
  const end = element('span', { class: 'line-end' }, '\\r\\n');
  if (kind !== 'field') return [element('span', {}, text), end];
  return [
    element('span', { class: 'head-name' }, text.slice(0, name.length)),
    element('span', {}, text.slice(name.length)),
    end,
  ];
}

function createLineBytes({ text, hidden }: HeadLine): HTMLElement[] {
  if (hidden) return [element('span', {}, text)];
  return [createByteCells(latin1Bytes(`${text}\r\n`), { withText: true })];
}
