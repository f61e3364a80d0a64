// Hundreds of random edits by a real browser's own editing: keys, input method, clipboard, undo.
// The seed is printed; RANDOM_TYPING_SEED replays a failure.
import { randomInt } from 'node:crypto';
import { inputMethod } from './fixtures/input-method.ts';
import * as steps from './fixtures/steps.ts';
import { expect, test, type Page } from './fixtures/test.ts';
import { expectMirrored } from './fixtures/trace.ts';

const EDITS = 240;
/** How many edits there are before both fields are compared. */
const BETWEEN_LOOKS = 6;
const PIECES = [
  'a',
  ' ',
  'é',
  'e\u0301',
  '您好',
  '👍🏽',
  '👨‍👩‍👧‍👦',
  '🇨🇳',
  '𠮷',
  'مرحبا',
  'שלום',
  '\n',
  '\u200f',
  'ﷺ',
];
const KEYS = [
  'Backspace',
  'Delete',
  'ArrowLeft',
  'ArrowRight',
  'Shift+ArrowLeft',
  'Shift+ArrowRight',
  'ControlOrMeta+ArrowLeft',
  'Shift+Enter',
  'Home',
  'End',
  'ControlOrMeta+X',
  'ControlOrMeta+C',
  'ControlOrMeta+V',
  'ControlOrMeta+Z',
  'ControlOrMeta+Shift+Z',
];

test('after any edits both sides have the same field', async ({ computer, phone }) => {
  test.setTimeout(180_000);
  const seed = Number(process.env['RANDOM_TYPING_SEED'] ?? randomInt(2 ** 31));
  console.log(`RANDOM_TYPING_SEED=${seed}`);
  await steps.connect(computer, phone);
  const edit = await editor(computer, mulberry32(seed));
  for (let count = 1; count <= EDITS; count += 1) {
    await edit();
    if (count % BETWEEN_LOOKS === 0) await expectMirrored(computer, phone);
  }
  const text = (await computer.getByTestId('field').inputValue()).replace(
    /\p{Surrogate}/gu,
    '\uFFFD',
  );
  await steps.send(computer, `${text}!`);
  await expect(phone.getByTestId('message-text')).toHaveCount(1);
  await steps.expectMessages(phone, 'in', [`${text}!`]);
});

/** @returns what makes one random edit; a composition it begins, it ends. */
async function editor(page: Page, random: () => number): Promise<() => Promise<void>> {
  const field = page.getByTestId('field');
  const ime = await inputMethod(page);
  const pick = <T>(all: readonly T[]): T => {
    const picked = all[Math.floor(random() * all.length)];
    if (picked === undefined) throw new RangeError('nothing to pick from');
    return picked;
  };
  return async () => {
    const dice = random();
    if (dice < 0.4) {
      await page.keyboard.insertText(pick(PIECES));
    } else if (dice < 0.55) {
      await ime.compose('n');
      await ime.compose('ni');
      if (random() < 0.5) await ime.compose('');
      else await ime.commit(pick(PIECES));
    } else {
      await field.press(pick(KEYS));
    }
  };
}

/** A small generator of numbers from 0 to 1, for runs that can be repeated. */
function mulberry32(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
