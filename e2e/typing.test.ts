import { inputMethod } from './fixtures/input-method.ts';
import * as steps from './fixtures/steps.ts';
import { expect, test, type Page } from './fixtures/test.ts';

/** Chinese, emoji built of several, combining marks left apart, line breaks, both quotation marks. */
const PARAGRAPH = [
  '春眠不觉晓,处处闻啼鸟。“夜来风雨声”,花落知多少?',
  'Family 👨‍👩‍👧‍👦, flag 🏴󠁧󠁢󠁳󠁣󠁴󠁿, thumb 👍🏽, rare 𠮷 and 𝒳.',
  'Combining: e\u0301 a\u0308 \u1112\u1161\u11ab, not composed: \u00e9; العربية و עברית.',
  '',
  '  two spaces ahead, "quotes", <b>no markup</b> & a tab:\there',
].join('\n');

test.beforeEach(({ computer, phone }) => steps.connect(computer, phone));

test('a paragraph goes from the phone to the computer and arrives identical', async ({
  computer,
  phone,
}) => {
  await steps.write(phone, PARAGRAPH);
  await steps.expectLive(computer, PARAGRAPH);
  await phone.getByTestId('send').click();
  await steps.expectMessages(computer, 'in', [PARAGRAPH]);
  await steps.expectMessages(phone, 'out', [PARAGRAPH]);
});

test('and from the computer to the phone', async ({ computer, phone }) => {
  await steps.write(computer, PARAGRAPH);
  await steps.expectLive(phone, PARAGRAPH);
  await computer.getByTestId('send').click();
  await steps.expectMessages(phone, 'in', [PARAGRAPH]);
});

test('typing, correcting in the middle and deleting shows on the other side', async ({
  computer,
  phone,
}) => {
  const field = phone.getByTestId('field');
  await field.pressSequentially('Helo wörld 🌍');
  await steps.expectLive(computer, 'Helo wörld 🌍');
  for (let step = 0; step < 'o wörld 🌍'.length - 1; step++) await field.press('ArrowLeft');
  await field.pressSequentially('l');
  await steps.expectLive(computer, 'Hello wörld 🌍');
  await field.press('ControlOrMeta+A');
  await field.press('Delete');
  await steps.expectLive(computer, '');
});

test('a message is ticked once it is there and twice once it is shown', async ({
  computer,
  phone,
}) => {
  await steps.send(phone, 'ticks');
  await expect(phone.getByTestId('message')).toHaveAttribute('data-status', 'shown');
  await steps.expectMessages(computer, 'in', ['ticks']);
  await expect(phone.getByTestId('field')).toHaveValue('');
  await steps.expectLive(computer, '');
});

test('text of an input method shows while it is composed and arrives once', async ({
  computer,
  phone,
}) => {
  const ime = await inputMethod(phone);
  for (const composed of ['n', 'ni', 'ni h', 'ni hao', '你好']) {
    await ime.compose(composed);
    await steps.expectLive(computer, composed);
  }
  await expect(computer.locator('[data-testid=remote-field] .is-composing')).toHaveText('你好');
  await ime.commit('你好');
  await expect(computer.locator('[data-testid=remote-field] .is-composing')).toHaveCount(0);
  await ime.compose('世界');
  await ime.commit('世界');
  await steps.expectLive(computer, '你好世界');
  await phone.getByTestId('send').click();
  await steps.expectMessages(computer, 'in', ['你好世界']);
  await steps.expectLive(computer, '');
});

test('composing that is given up leaves nothing behind', async ({ computer, phone }) => {
  await steps.write(phone, 'before ');
  const ime = await inputMethod(phone);
  await ime.compose('shi');
  await steps.expectLive(computer, 'before shi');
  await ime.compose('');
  await steps.expectLive(computer, 'before ');
});

test('many messages in both directions keep their order', async ({ computer, phone }) => {
  const texts = (who: string) => Array.from({ length: 20 }, (_, index) => `${who} ${index}`);
  await Promise.all([sendAll(computer, texts('computer')), sendAll(phone, texts('phone'))]);
  await steps.expectMessages(computer, 'in', texts('phone'));
  await steps.expectMessages(phone, 'in', texts('computer'));
});

test('copying works without the clipboard interface of a secure context', async ({
  computer,
  phone,
}) => {
  await steps.send(computer, 'copy me, 复制我');
  await steps.expectMessages(phone, 'in', ['copy me, 复制我']);
  await phone.getByTestId('message').getByTestId('copy').click();
  await phone.getByTestId('field').focus();
  await phone.keyboard.press('ControlOrMeta+V');
  await expect(phone.getByTestId('field')).toHaveValue('copy me, 复制我');
});

test('the longest text there may be is put in, typed on in, and sent; a longer one stays', async ({
  computer,
  phone,
}) => {
  // Sixty thousand characters take a busy machine longer than the other tests.
  test.slow();
  const line = '春眠不觉晓, the quick brown fox 👍\n';
  const bytes = new TextEncoder().encode(line).length;
  const text = line.repeat(Math.floor(65_472 / bytes) - 1);
  await putIn(phone, text);
  await steps.expectLive(computer, text);

  const changes = await computer.getByTestId('remote-field').evaluateHandle((remote) => {
    const counts: number[] = [];
    new MutationObserver((all) => {
      counts.push(all.reduce((sum, { addedNodes }) => sum + addedNodes.length, 0));
    }).observe(remote, { childList: true, subtree: true });
    return counts;
  });
  await phone.getByTestId('field').pressSequentially('end');
  await steps.expectLive(computer, `${text}end`);
  // A letter touches its own line, not the two thousand others.
  expect(await changes.evaluate((counts) => Math.max(...counts))).toBeLessThan(10);

  await phone.getByTestId('send').click();
  await steps.expectMessages(computer, 'in', [`${text}end`]);
  await expect(phone.getByTestId('message')).toHaveAttribute('data-status', 'shown');
  await putIn(phone, text + line + line);
  await expect(phone.getByTestId('field-alarm')).toContainText('Too long');
  await phone.getByTestId('send').click();
  await expect(phone.getByTestId('message')).toHaveCount(1);
  await expect(phone.getByTestId('field')).toHaveValue(text + line + line);
});

/** As a script or an extension does: the browser's own editing takes seconds for a long text. */
async function putIn(page: Page, text: string): Promise<void> {
  await page.getByTestId('field').evaluate((target, whole) => {
    const field = target as HTMLTextAreaElement;
    field.value = whole;
    field.dispatchEvent(new InputEvent('input', { bubbles: true }));
  }, text);
}

/** One right after the other, faster than anybody could. */
async function sendAll(page: Page, texts: readonly string[]): Promise<void> {
  await page.getByTestId('field').evaluate((target, all) => {
    const field = target as HTMLTextAreaElement;
    const button = document.querySelector<HTMLElement>('[data-testid=send]');
    for (const text of all) {
      field.value = text;
      field.dispatchEvent(new InputEvent('input', { bubbles: true }));
      button?.click();
    }
  }, texts);
}
