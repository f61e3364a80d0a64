// A password, from one person's field to the other's clipboard, and nowhere else.
import * as steps from './fixtures/steps.ts';
import { expect, test, type Page } from './fixtures/test.ts';

const SECRET = 'lI1O0 correct horse';

test.beforeEach(({ computer, phone }) => steps.connect(computer, phone));

const secretItem = (page: Page) => page.getByTestId('message').last();

async function sendSecret(page: Page, text: string): Promise<void> {
  await page.getByTestId('secret-switch').click();
  await page.getByTestId('secret-field').pressSequentially(text);
  await page.getByTestId('secret-field').press('Enter');
}

/** Everything that the page shows, or has in its fields and attributes. */
function everything(page: Page): Promise<string> {
  return page.evaluate(() => {
    const fields = Array.from(document.querySelectorAll('input, textarea'), (field) =>
      field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement ? field.value : '',
    );
    const stored = [localStorage, sessionStorage].map((storage) =>
      JSON.stringify(Object.entries(storage)),
    );
    return [document.documentElement.outerHTML, document.title, ...fields, ...stored].join('\n');
  });
}

for (const [from, to] of [
  ['phone', 'computer'],
  ['computer', 'phone'],
] as const) {
  test(`a secret from the ${from} is masked on the ${to}, ticked twice when revealed, gone when copied`, async ({
    computer,
    phone,
  }) => {
    const [sender, receiver] = from === 'phone' ? [phone, computer] : [computer, phone];
    await steps.write(sender, 'draft');
    await steps.expectLive(receiver, 'draft');
    const seen = await watchTexts(receiver);
    await sendSecret(sender, SECRET);
    await expect(secretItem(sender)).toHaveAttribute('data-status', 'sent');
    await expect(secretItem(receiver)).toContainText('••••••••');
    expect(await everything(receiver)).not.toContain('horse');
    expect(await everything(sender)).not.toContain('horse');
    // The draft was never touched, and nothing of the secret was ever in a live field.
    await steps.expectLive(receiver, 'draft');
    expect(await seen()).not.toMatch(/lI1|horse/);

    await receiver.getByTestId('reveal').click();
    await expect(secretItem(receiver)).toContainText(SECRET);
    await expect(secretItem(sender)).toHaveAttribute('data-status', 'shown');
    await receiver.getByTestId('reveal').click();
    await expect(secretItem(receiver)).not.toContainText('horse');

    await secretItem(receiver).getByTestId('copy').click();
    await expect(secretItem(receiver)).toContainText('no longer kept');
    expect(await everything(receiver)).not.toContain('horse');
    await receiver.getByTestId('field').press('ControlOrMeta+V');
    await expect(receiver.getByTestId('field')).toHaveValue(SECRET);
  });
}

test('a secret that nobody looked at is not kept when the link ends', async ({
  computer,
  phone,
}) => {
  await sendSecret(phone, SECRET);
  await expect(secretItem(computer)).toContainText('••••••••');
  await phone.getByTestId('disconnect').click();
  await steps.expectPhase(computer, 'ended');
  await expect(secretItem(computer)).toContainText('no longer kept');
  await expect(computer.getByTestId('reveal')).toHaveCount(0);
  expect(await everything(computer)).not.toContain('horse');
});

test('secrets and messages keep their order', async ({ computer, phone }) => {
  await steps.send(phone, 'user name:');
  await sendSecret(phone, SECRET);
  await phone.getByTestId('secret-switch').click();
  await steps.send(phone, 'that was it');
  await expect(computer.getByTestId('message')).toHaveCount(3);
  await expect(computer.getByTestId('message').nth(1).getByTestId('reveal')).toBeVisible();
  await expect(computer.getByTestId('message').nth(2)).toContainText('that was it');
});

/** @returns what the live field of the other side has shown since then */
async function watchTexts(page: Page): Promise<() => Promise<string>> {
  const seen = await page.getByTestId('remote-field').evaluateHandle((field) => {
    const texts = [field.textContent];
    const note = () => texts.push(field.textContent);
    new MutationObserver(note).observe(field, {
      childList: true,
      characterData: true,
      subtree: true,
    });
    return texts;
  });
  return () => seen.evaluate((texts) => texts.join('\n'));
}
