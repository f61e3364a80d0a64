// Whatever a keyboard does to the text field, the other side shows the same field: text, caret,
// selection, and what is being composed.
import { inputMethod } from './fixtures/input-method.ts';
import * as steps from './fixtures/steps.ts';
import { expect, test, type Page } from './fixtures/test.ts';
import {
  expectMirrored,
  expectShown,
  play,
  readTraces,
  watchShown,
  type Trace,
} from './fixtures/trace.ts';

test.beforeEach(({ computer, phone }) => steps.connect(computer, phone));

const traces = readTraces();

test.describe('keyboards, by the order of their events', () => {
  test.describe.configure({ timeout: 180_000 });

  for (const device of ['phone', 'computer'] as const) {
    test(`${device}: every step of every trace shows on the other side, and nothing in between`, async ({
      computer,
      phone,
    }) => {
      const [sender, receiver] = device === 'phone' ? [phone, computer] : [computer, phone];
      const shown = await watchShown(receiver);
      for (const trace of traces.filter((each) => each.device === device)) {
        await test.step(trace.name, () => replay(trace, sender, receiver, shown));
      }
    });
  }

  test('each keyboard that is known to be trouble is there', () => {
    const all = traces.map(({ keyboard }) => keyboard).join('\n');
    for (const name of ['Gboard', 'SwiftKey', 'Samsung', 'iOS', 'Pinyin', 'Korean', 'Japanese']) {
      expect(all).toContain(name);
    }
    for (const { name, source } of traces) expect(source, name).toMatch(/^(captured |written; )/);
  });

  test('what the lab takes down of a keyboard is a trace like these', async ({
    computer,
    phone,
    server,
  }) => {
    const lab = await computer.context().newPage();
    await lab.goto(new URL('lab#keyboard', server.url).href);
    const shownTrace = async () =>
      JSON.parse((await lab.getByTestId('keyboard-trace').textContent()) ?? '') as Trace;
    const expectSteps = (count: number) =>
      expect.poll(async () => (await shownTrace()).steps.length).toBe(count);
    const field = lab.getByTestId('keyboard-field');
    await field.press('a');
    await expectSteps(1);
    const ime = await inputMethod(lab, 'keyboard-field');
    await ime.compose('nihao');
    await expectSteps(2);
    await ime.commit('你好');
    await expectSteps(3);
    await field.press('Backspace');
    await expectSteps(4);
    await lab.getByTestId('keyboard-keyboard').fill('Chromium');
    const trace = await shownTrace();
    expect(trace).toMatchObject({ keyboard: 'Chromium', device: 'computer' });
    expect(trace.steps.map((step) => step.field.text)).toEqual(['a', 'anihao', 'a你好', 'a你']);
    expect(trace.steps[1]?.field.composing).toBe('nihao');
    await lab.close();
    await replay(trace, computer, phone, await watchShown(phone));
  });
});

async function replay(
  trace: Trace,
  sender: Page,
  receiver: Page,
  shown: () => Promise<string[]>,
): Promise<void> {
  const before = trace.before ?? { text: '', selection: [0, 0] };
  await play(sender, [
    ['field', before.text, ...before.selection],
    ['input', 'insertText', null],
  ]);
  await expectShown(receiver, before);
  let last = before.text;
  await shown();
  for (const { does, events, field } of trace.steps) {
    await test.step(does, async () => {
      await play(sender, events);
      await expectShown(receiver, field);
      const settled = [last, field.text].map((text) => text.replace(/\p{Surrogate}/gu, '\uFFFD'));
      expect(settled, 'no half-way state').toEqual(expect.arrayContaining(await shown()));
      last = field.text;
    });
  }
}

test.describe("Chromium's own ways", () => {
  test('pinyin: candidates one after the other, the caret inside the composition', async ({
    computer,
    phone,
  }) => {
    const ime = await inputMethod(phone);
    await ime.compose('nihao');
    await expectMirrored(phone, computer, 'nihao');
    await ime.compose('你hao', 1);
    await expectMirrored(phone, computer, '你hao');
    await ime.compose('你好');
    await ime.commit('你好');
    await expectMirrored(phone, computer);
    await steps.expectLive(computer, '你好');
  });

  test('hangul: a syllable gives its last letter to the next one', async ({ computer, phone }) => {
    const ime = await inputMethod(computer);
    for (const syllable of ['ㅎ', '하', '한']) await ime.compose(syllable);
    await expectMirrored(computer, phone, '한');
    await ime.commit('하');
    await ime.compose('나');
    await expectMirrored(computer, phone, '나');
    await steps.expectLive(phone, '하나');
  });

  test('a finished word is composed again and does not double', async ({ computer, phone }) => {
    await phone.getByTestId('field').pressSequentially('say helo now');
    const ime = await inputMethod(phone);
    await ime.compose('hello', 5, { start: 4, end: 8 });
    await expectMirrored(phone, computer, 'hello');
    await steps.expectLive(computer, 'say hello now');
    await ime.commit('hello');
    await expectMirrored(phone, computer);
    await steps.expectLive(computer, 'say hello now');
  });

  test('selecting by keyboard and by mouse shows as a selection', async ({ computer, phone }) => {
    const field = computer.getByTestId('field');
    await field.pressSequentially('one two 👩‍👩‍👧 three');
    for (let i = 0; i < 7; i += 1) await field.press('Shift+ArrowLeft');
    await expectMirrored(computer, phone);
    await expect(phone.locator('.is-selected')).not.toHaveText('');
    await field.press('Home');
    await expectMirrored(computer, phone);
    await field.dblclick({ position: { x: 70, y: 20 } });
    await expectMirrored(computer, phone);
    await expect(phone.locator('.is-selected')).toHaveText('one');
  });

  test('the own undo and redo keep working, and are told', async ({ computer, phone }) => {
    const field = computer.getByTestId('field');
    await field.pressSequentially('first second');
    await steps.expectLive(phone, 'first second');
    await field.press('ControlOrMeta+A');
    await field.press('Delete');
    await steps.expectLive(phone, '');
    await field.press('ControlOrMeta+Z');
    await expect(field).toHaveValue('first second');
    await expectMirrored(computer, phone);
    await field.press('ControlOrMeta+Shift+Z');
    await expect(field).toHaveValue('');
    await steps.expectLive(phone, '');
  });

  test('cut, pasted and dragged text ends up in the same place', async ({ computer, phone }) => {
    const field = computer.getByTestId('field');
    await field.pressSequentially('one two three');
    await field.press('Home');
    for (let i = 0; i < 4; i += 1) await field.press('Shift+ArrowRight');
    await field.press('ControlOrMeta+X');
    await expectMirrored(computer, phone);
    await field.press('End');
    await field.press('ControlOrMeta+V');
    await steps.expectLive(phone, 'two threeone ');
    await expectMirrored(computer, phone);

    await field.dblclick({ position: { x: 70, y: 20 } });
    await drag(computer, { x: 70, y: 20 }, { x: 400, y: 20 });
    await expect(field).not.toHaveValue('two threeone ');
    await expectMirrored(computer, phone);
  });

  test('both people type at once, each in their own field', async ({ computer, phone }) => {
    const texts = { computer: 'from the computer, 您好 👍', phone: 'from the phone, 再见 👋🏽' };
    await Promise.all([
      computer.getByTestId('field').pressSequentially(texts.computer, { delay: 5 }),
      phone.getByTestId('field').pressSequentially(texts.phone, { delay: 5 }),
    ]);
    await steps.expectLive(phone, texts.computer);
    await steps.expectLive(computer, texts.phone);
    await expectMirrored(computer, phone);
    await expectMirrored(phone, computer);
  });
});

async function drag(
  page: Page,
  from: { x: number; y: number },
  to: { x: number; y: number },
): Promise<void> {
  const box = await page.getByTestId('field').boundingBox();
  const left = box?.x ?? 0;
  const top = box?.y ?? 0;
  await page.mouse.move(left + from.x, top + from.y);
  await page.mouse.down();
  await page.mouse.move(left + to.x, top + to.y, { steps: 8 });
  await page.mouse.up();
}
