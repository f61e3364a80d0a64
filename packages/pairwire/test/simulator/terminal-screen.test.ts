import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { TerminalScreen } from '../../src/simulator/terminal-screen.ts';

let input: PassThrough;
let printed: string;
let screen: TerminalScreen;
let typed: [text: string, cursor: number][];
let lines: string[];
let ended: number;

beforeEach(() => {
  input = new PassThrough();
  const output = Object.assign(new PassThrough(), { columns: 20 });
  printed = '';
  output.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  typed = [];
  lines = [];
  ended = 0;
  screen = new TerminalScreen({ input, output, errors: new PassThrough(), isTerminal: true });
  screen.start({
    line: (line) => lines.push(line),
    end: () => {
      ended += 1;
    },
    typing: (text, cursor) => typed.push([text, cursor]),
    broken: () => {},
  });
});

afterEach(() => {
  screen.close();
});

/** What a terminal of 20 columns would show, for the few escape sequences that are used. */
function render(stream: string): string[] {
  const rows: string[] = [''];
  let row = 0;
  let column = 0;
  const escape = '\x1b\\[';
  const tokens = new RegExp(
    `${escape}(\\d+)A|${escape}(\\d+)G|${escape}(\\d+)m|${escape}0?J|[^\x1b]`,
    'gu',
  );
  for (const [token, up, to, style] of stream.matchAll(tokens)) {
    if (style !== undefined) continue;
    if (up !== undefined) row = Math.max(0, row - Number(up));
    else if (to !== undefined) column = Number(to) - 1;
    else if (token === '\r') column = 0;
    else if (token === '\n') {
      row += 1;
      column = 0;
      rows[row] ??= '';
    } else if (token.startsWith('\x1b')) {
      rows.length = row + 1;
      rows[row] = (rows[row] ?? '').slice(0, column);
    } else {
      const text = (rows[row] ?? '').padEnd(column);
      rows[row] = text.slice(0, column) + token + text.slice(column + token.length);
      column += token.length;
      if (column >= 20) {
        row += 1;
        column = 0;
        rows[row] ??= '';
      }
    }
  }
  return rows.map((text) => text.trimEnd());
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('messages scroll above the status, the status stands above the typed line', async () => {
  input.write('half a li');
  await settled();
  screen.status('phone: hel');
  screen.message('first');
  screen.status('phone: hello');
  screen.message('second');
  await settled();
  expect(render(printed)).toEqual(['first', 'second', 'phone: hello', '> half a li']);
});

test('a typed line longer than the terminal stays whole', async () => {
  input.write('a line that is longer than a row');
  await settled();
  screen.status('status');
  screen.message('message');
  screen.message('another');
  await settled();
  expect(render(printed)).toEqual([
    'message',
    'another',
    'status',
    '> a line that is lon',
    'ger than a row',
  ]);
});

test('an entered line becomes part of what scrolls', async () => {
  screen.status('status');
  input.write('hello\r');
  await settled();
  screen.message('answer');
  await settled();
  expect(lines).toEqual(['hello']);
  expect(render(printed)).toEqual(['status', '> hello', 'answer', 'status', '>']);
});

test('what is typed is told with the place of the cursor', async () => {
  input.write('ab');
  input.write('\x1b[D');
  await settled();
  expect(typed).toEqual([
    ['a', 1],
    ['ab', 2],
    ['ab', 1],
  ]);
});

test('a long status keeps its end', async () => {
  screen.status(`phone: ${'你'.repeat(20)} end`);
  await settled();
  expect(render(printed)[0]).toMatch(/^你+ end$/);
});

test('Ctrl-C ends the input', async () => {
  input.write('\x03');
  await settled();
  expect(ended).toBe(1);
});
