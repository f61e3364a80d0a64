import { calls, expect, tellComputer, test, type Page } from './preview-test.ts';

const CONNECTED = {
  phase: 'connected',
  peerName: 'iPhone',
  peerSecure: false,
  peerTakesSecrets: true,
  presence: 'here',
  online: true,
  unsent: 0,
} as const;

const receive = (page: Page, id: string, text: string) =>
  page.evaluate((secret) => window.computer.events.secret?.(secret), { id, text });

test('the switch is there only when the other side takes secrets', async ({ openComputer }) => {
  const page = await openComputer();
  await tellComputer(page, { ...CONNECTED, peerTakesSecrets: false });
  await expect(page.getByTestId('field')).toBeVisible();
  await expect(page.getByTestId('secret-switch')).toBeHidden();
  await tellComputer(page, CONNECTED);
  await expect(page.getByTestId('secret-switch')).toBeVisible();
});

test('the field for secrets asks keyboards and browsers to learn nothing', async ({
  openComputer,
}) => {
  const page = await openComputer();
  await tellComputer(page, CONNECTED);
  await page.getByTestId('secret-switch').press('Space');
  const field = page.getByTestId('secret-field');
  await expect(field).toBeFocused();
  await expect(page.getByTestId('field')).toBeHidden();
  for (const [name, value] of Object.entries({
    type: 'password',
    autocomplete: 'off',
    autocorrect: 'off',
    autocapitalize: 'off',
    spellcheck: 'false',
    enterkeyhint: 'send',
  })) {
    await expect(field).toHaveAttribute(name, value);
  }
});

test('what is typed as a secret is told to nobody until it is sent, once', async ({
  openComputer,
}) => {
  const page = await openComputer();
  await tellComputer(page, CONNECTED);
  await page.getByTestId('field').fill('draft');
  await expect.poll(async () => JSON.stringify(await calls(page, 'setField'))).toContain('draft');
  await page.getByTestId('secret-switch').click();
  await page.getByTestId('secret-field').pressSequentially('hidden');
  await page.getByTestId('send').click();
  expect(await calls(page, 'sendSecret')).toEqual([{ name: 'sendSecret', argument: 'hidden' }]);
  expect(await calls(page, 'sendMessage')).toEqual([]);
  expect(JSON.stringify(await calls(page, 'setField'))).not.toContain('hid');
  // It stays a field for secrets; an empty one is not sent.
  await expect(page.getByTestId('secret-field')).toHaveValue('');
  await page.getByTestId('secret-field').press('Enter');
  expect(await calls(page, 'sendSecret')).toHaveLength(1);
  await page.getByTestId('secret-switch').click();
  await expect(page.getByTestId('field')).toHaveValue('draft');
  await expect(page.getByTestId('field')).toBeFocused();
});

test('a secret that was not sent is thrown away, not moved into the open', async ({
  openComputer,
}) => {
  const page = await openComputer();
  await tellComputer(page, CONNECTED);
  await page.getByTestId('secret-switch').click();
  await page.getByTestId('secret-field').fill('hidden');
  await page.getByTestId('secret-switch').click();
  await expect(page.getByTestId('field')).toHaveValue('');
  await page.getByTestId('secret-switch').click();
  await expect(page.getByTestId('secret-field')).toHaveValue('');
});

test('a secret counts as shown when it is revealed or copied, not when its mask is on the screen', async ({
  openComputer,
}) => {
  const page = await openComputer();
  await tellComputer(page, CONNECTED);
  await receive(page, '1', 'first');
  await receive(page, '2', 'second');
  await expect(page.getByTestId('reveal')).toHaveCount(2);
  await page.evaluate(() => window.computer.events.message?.({ id: '3', text: 'seen' }));
  await expect.poll(() => calls(page, 'markShown')).toEqual([{ name: 'markShown', argument: '3' }]);
  await page.getByTestId('reveal').first().press('Enter');
  await expect(page.getByTestId('reveal').first()).toHaveAttribute('aria-pressed', 'true');
  expect((await calls(page, 'markShown')).at(-1)).toEqual({ name: 'markShown', argument: '1' });
  await page.getByTestId('message').nth(1).getByTestId('copy').click();
  await expect(page.getByTestId('message').nth(1)).toContainText('no longer kept');
  await expect(page.getByTestId('message-text').nth(1)).toBeFocused();
  expect((await calls(page, 'markShown')).at(-1)).toEqual({ name: 'markShown', argument: '2' });
});

test('a secret is forgotten two minutes after it came into view, in whatever language', async ({
  openComputer,
  page,
}) => {
  await page.clock.install({ time: 0 });
  await openComputer();
  await tellComputer(page, CONNECTED);
  await receive(page, '1', 'hidden');
  await page.getByTestId('reveal').click();
  await expect(page.getByTestId('message-text')).toContainText('hidden');
  await page.clock.runFor(60_000);
  await page.getByTestId('language').click();
  await expect(page.getByTestId('message-text')).toContainText('••••••••');
  await page.getByTestId('reveal').click();
  await expect(page.getByTestId('message-text')).toContainText('hidden');
  await page.clock.runFor(61_000);
  await expect(page.getByTestId('message-text')).toHaveText('机密，此处已不再保留');
  await expect(page.getByTestId('reveal')).toHaveCount(0);
});

test('a secret that cannot be copied is revealed and selected, and stays', async ({
  openComputer,
}) => {
  const page = await openComputer();
  await tellComputer(page, CONNECTED);
  await receive(page, '1', 'hidden');
  await page.evaluate(() => {
    Object.defineProperty(navigator, 'clipboard', { value: undefined });
    document.execCommand = () => false;
  });
  await page.getByTestId('copy').click();
  await expect(page.getByTestId('message')).toContainText('Could not copy');
  expect(await page.evaluate(() => getSelection()?.toString())).toBe('hidden');
  await expect(page.getByTestId('reveal')).toHaveAttribute('aria-pressed', 'true');
});
