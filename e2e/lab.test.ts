// The lab in a real browser, at both sizes and in both languages.
import type { BrowserContextOptions } from '@playwright/test';

import { expectAccessible } from './fixtures/axe.ts';
import { expect, test, type Page } from './fixtures/test.ts';

const people: Record<string, { size: 'computer' | 'phone'; person: BrowserContextOptions }> = {
  'a desktop, English, light': {
    size: 'computer',
    person: { locale: 'en-US', colorScheme: 'light' },
  },
  'a phone, Chinese, dark': { size: 'phone', person: { locale: 'zh-CN', colorScheme: 'dark' } },
};

for (const [name, { size, person }] of Object.entries(people)) {
  test.describe(name, () => {
    test.use({ person });

    test('shows the bytes, examines them, and compares the transports', async ({
      computer,
      phone,
      server,
    }) => {
      test.slow();
      const page = size === 'computer' ? computer : phone;
      await page.goto(new URL('lab', server.url).href);
      await look(page, 'the lab, empty');

      await page.getByTestId('chat-name').fill('小明');
      await page.getByTestId('chat-connect').click();
      await expect(page.getByTestId('response')).toContainText('101 Switching Protocols');
      await expect(page.getByTestId('accept-match')).toHaveClass(/is-right/);
      await page.getByTestId('chat-send').click();
      await page.getByTestId('chat-ping').click();
      await expect(frame(page, 'client', 'pong')).toHaveCount(1);
      await page.getByTestId('chat-close').click();
      await expect(frame(page, 'server', 'close')).toHaveCount(1);
      await expect(page.getByTestId('tap-end')).not.toBeEmpty();
      await expect(frame(page, 'server', 'text').locator('.cell-character')).toHaveText([
        '您',
        '好',
        ',',
        '小',
        '明',
      ]);
      const sent = frame(page, 'client', 'text');
      await sent.locator('[data-field=masking-key]').focus();
      await expect(sent.getByTestId('field-detail')).toContainText('⊕');
      await page.getByTestId('request').getByTestId('show-bytes').click();
      await look(page, 'the lab, one connection');

      await page.getByTestId('nav-doctor').click();
      await page.getByTestId('preset-B').click();
      await expect(page.locator('[data-code=missing-blank-line]')).toBeVisible();
      await page.getByTestId('preset-C').click();
      await expect(page.locator('[data-code=protocol-unrequested]')).toBeVisible();
      await page.getByTestId('preset-A').click();
      await expect(page.getByTestId('doctor-result')).toHaveAttribute('data-opens', 'true');
      await look(page, 'the doctor, a handshake');
      await page.getByTestId('kind-frames').click();
      await page.getByTestId('doctor-frames').fill('83 00');
      await page.getByTestId('sender-server').click();
      await page.getByTestId('examine').click();
      await expect(page.getByTestId('frame-failure')).toHaveAttribute(
        'data-code',
        'PW_WS_RESERVED_OPCODE',
      );
      await look(page, 'the doctor, frames');

      await page.getByTestId('nav-transports').click();
      await page.getByTestId('compare-rate').selectOption('5');
      await page.getByTestId('compare-start').click();
      for (const transport of ['websocket', 'streaming', 'long-polling', 'polling']) {
        await expect
          .poll(() => numberIn(page, transport, 0), { message: transport, timeout: 30_000 })
          .toBeGreaterThan(0);
      }
      await page.getByTestId('compare-start').click();
      expect(await numberIn(page, 'websocket', 3)).toBe(1);
      expect(await numberIn(page, 'polling', 1)).toBeGreaterThan(
        await numberIn(page, 'websocket', 1),
      );
      await look(page, 'the transports, compared');

      await page.getByTestId('nav-keyboard').click();
      await page.getByTestId('keyboard-field').fill('one step');
      await expect(page.getByTestId('keyboard-trace')).toContainText('"does": "insertText');
      await look(page, 'the keyboard');

      await page.getByTestId('nav-wire').click();
      await page.getByTestId('language').click();
      await expect(frame(page, 'server', 'close')).toHaveCount(1);
    });
  });
}

test('a lost session says so, and another one can be had', async ({ computer, server }) => {
  await computer.goto(new URL('lab', server.url).href);
  await expect(computer.getByTestId('chat-connect')).toBeEnabled();
  await server.kill();
  await expect(computer.getByTestId('session-trouble')).toBeVisible();
  await expect(computer.getByTestId('chat-connect')).toBeDisabled();
  await server.restart();
  await computer.getByTestId('session-again').click();
  await expect(computer.getByTestId('session-trouble')).toBeHidden();
  await expect(computer.getByTestId('chat-connect')).toBeEnabled();
});

function frame(page: Page, sender: string, opcode: string) {
  return page.locator(`[data-testid=frame][data-sender=${sender}][data-opcode=${opcode}]`);
}

/** A cell of the table of transports; 0 while it is empty. */
async function numberIn(page: Page, transport: string, column: number): Promise<number> {
  const text = await page.getByTestId(`row-${transport}`).locator('td').nth(column).textContent();
  return Number.parseFloat((text ?? '').replaceAll(',', '')) || 0;
}

async function look(page: Page, state: string): Promise<void> {
  await page.evaluate(async () => {
    const moving = document.getAnimations().filter(({ effect }) => {
      return effect?.getComputedTiming().endTime !== Infinity;
    });
    await Promise.allSettled(moving.map(({ finished }) => finished));
  });
  await expectAccessible(page, state);
  const [scrollWidth, width] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  expect(scrollWidth, `${state}: sideways`).toBe(width);
}
