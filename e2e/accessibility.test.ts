import type { BrowserContextOptions } from '@playwright/test';

import { expectAccessible } from './fixtures/axe.ts';
import * as steps from './fixtures/steps.ts';
import { expect, test, type Page } from './fixtures/test.ts';
import { tour } from './fixtures/tour.ts';

const people: Record<string, BrowserContextOptions> = {
  'English, light': { locale: 'en-US', colorScheme: 'light' },
  'Chinese, dark': { locale: 'zh-CN', colorScheme: 'dark' },
  'English, no movement, high contrast': {
    locale: 'en-US',
    reducedMotion: 'reduce',
    contrast: 'more',
  },
};

for (const [name, person] of Object.entries(people)) {
  test.describe(name, () => {
    test.use({ person });

    test('every state of both pages passes axe', async ({ computer, phone }) => {
      test.slow();
      await tour(computer, phone, expectAccessible);
    });
  });
}

test.describe('320 pixels wide', () => {
  test.use({ person: { locale: 'zh-CN', viewport: { width: 320, height: 568 } } });

  test('no state of either page scrolls sideways', async ({ computer, phone }) => {
    await tour(computer, phone, async (page, state) => {
      expect(await page.evaluate(() => document.documentElement.scrollWidth), state).toBe(320);
    });
  });
});

test('two people get through with the keyboard alone', async ({ computer, phone }) => {
  await phone.goto(await steps.scan(computer));
  await press(phone, 'connect', 'Enter');
  await steps.expectPhase(phone, 'confirm');
  const number = Number(await phone.getByTestId('number').textContent());
  await expect(computer.getByTestId('choice')).toHaveCount(3);
  await tabTo(computer, `[data-testid=choice][data-number="${number}"]`);
  await computer.keyboard.press('Space');
  await steps.expectPhase(computer, 'connected');
  await steps.expectPhase(phone, 'connected');

  await tabTo(computer, '[data-testid=field]');
  await computer.keyboard.type('first line');
  await computer.keyboard.press('Shift+Enter');
  await computer.keyboard.type('second line');
  await computer.keyboard.press('Enter');
  await steps.expectMessages(phone, 'in', ['first line\nsecond line']);

  await tabTo(phone, '[data-testid=field]');
  await phone.keyboard.type('answer');
  await press(phone, 'send', 'Enter');
  await steps.expectMessages(computer, 'in', ['answer']);

  await press(computer, 'disconnect', 'Enter');
  await steps.expectEnd(computer, 'happy');
  await steps.expectEnd(phone, 'happy');
  await press(computer, 'new-code', 'Enter');
  await steps.expectPhase(computer, 'waiting');
});

test('a change of state is spoken, and puts the focus where it belongs', async ({
  computer,
  phone,
}) => {
  const spoken = computer.getByRole('status').first();
  await steps.claim(computer, phone);
  await expect(computer.getByRole('heading', { level: 1 })).toBeFocused();
  await expect(spoken).not.toBeEmpty();
});

async function press(page: Page, testId: string, key: string): Promise<void> {
  await tabTo(page, `[data-testid=${testId}]`);
  await page.keyboard.press(key);
}

/** Walks with Tab until the element has the focus. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let step = 0; step < 40; step++) {
    const there = await page.evaluate(
      (wanted) => document.activeElement?.matches(wanted),
      selector,
    );
    if (there) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`The keyboard does not reach ${selector}`);
}
