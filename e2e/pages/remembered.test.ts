// What is offered of remembering, and what comes of using it.
import {
  calls,
  expect,
  GUID,
  remember,
  tellComputer,
  tellPhone,
  test,
  type Page,
} from './preview-test.ts';

const WAITING = { phase: 'waiting', guid: GUID, expiresInMs: 60_000, opened: false } as const;
const CONNECTED = {
  phase: 'connected',
  peerName: 'iPhone',
  peerSecure: false,
  peerTakesSecrets: true,
  presence: 'here',
  online: true,
  unsent: 0,
} as const;

const spoken = (page: Page) => page.getByRole('status').first();
const control = (page: Page) => page.getByTestId('remember');
const unfold = (page: Page) => page.getByTestId('remember-state').click();

test.describe('the control', () => {
  test('is not there where remembering cannot be had, and does nothing by itself', async ({
    openComputer,
  }) => {
    const page = await openComputer();
    await tellComputer(page, CONNECTED);
    await expect(control(page)).toBeHidden();
    await tellComputer(page, { ...CONNECTED, remember: 'unavailable' });
    await expect(control(page)).toBeHidden();
    await tellComputer(page, { ...CONNECTED, remember: 'off' });
    await expect(control(page)).not.toHaveAttribute('open');
    await unfold(page);
    await expect(control(page)).toContainText('anybody who has the phone unlocked');
    expect(await calls(page, 'remember')).toEqual([]);
    await page.getByTestId('remember-yes').click();
    expect(await calls(page, 'remember')).toEqual([{ name: 'remember', argument: true }]);
  });

  test('says aloud that the other side asks, and can be put off', async ({ openComputer }) => {
    const page = await openComputer();
    await tellComputer(page, { ...CONNECTED, remember: 'off' });
    await tellComputer(page, { ...CONNECTED, remember: 'asked' });
    await expect(spoken(page)).toHaveText('iPhone asks that the two remember each other.');
    await unfold(page);
    await page.getByTestId('remember-later').click();
    await expect(control(page)).not.toHaveAttribute('open');
    expect(await calls(page, 'remember')).toEqual([]);
  });

  test('asks once more before it forgets, and works by keyboard', async ({ openComputer }) => {
    const page = await openComputer();
    await tellComputer(page, { ...CONNECTED, remember: 'on' });
    await page.getByTestId('remember').locator('summary').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect(page.getByTestId('forget-yes')).toBeFocused();
    expect(await calls(page, 'remember')).toEqual([]);
    await page.getByTestId('forget-no').click();
    await page.getByTestId('forget').click();
    await page.getByTestId('forget-yes').click();
    expect(await calls(page, 'remember')).toEqual([{ name: 'remember', argument: false }]);
    await tellComputer(page, { ...CONNECTED, remember: 'unavailable' });
    await expect(control(page)).toContainText('takes a new code');
    await page.keyboard.press('Escape');
    await expect(control(page)).not.toHaveAttribute('open');
  });

  test('tells an end that is forgotten by the other one', async ({ openComputer }) => {
    const page = await openComputer();
    await tellComputer(page, { ...CONNECTED, remember: 'on' });
    await tellComputer(page, { ...CONNECTED, remember: 'off' });
    await expect(spoken(page)).toContainText('no longer remember each other');
    await expect(control(page)).toContainText('No longer remembered');
  });
});

test.describe('the computer’s list', () => {
  test('tells the endpoint whom to forget, and goes with the last phone', async ({
    openComputer,
    page,
  }) => {
    await remember(page, 'page', { name: 'iPhone' });
    await openComputer();
    await tellComputer(page, WAITING);
    const list = page.getByTestId('remembered-phones');
    await expect(list.locator('summary')).toHaveText('Remembered phones (1)');
    await list.locator('summary').click();
    await page.getByTestId('forget').click();
    await page.getByTestId('forget-yes').click();
    expect(await calls(page, 'forget')).toEqual([{ name: 'forget', argument: 'device-0' }]);
  });

  test('says when the phone can come back, also after a link', async ({ openComputer, page }) => {
    await remember(page, 'page', { name: 'iPhone' });
    await openComputer();
    await tellComputer(page, { phase: 'ended', reason: 'lonely' });
    await expect(page.getByText('can connect again once a code is shown')).toBeVisible();
  });

  test('goes by the given name while the phone is connected', async ({ openComputer, page }) => {
    await remember(page, 'page', { name: 'iPhone', givenName: 'mine' });
    await openComputer();
    await tellComputer(page, { ...CONNECTED, remember: 'on', rememberedId: 'device-0' });
    await expect(page.getByTestId('peer-name')).toHaveText('mine');
    await expect(page).toHaveTitle('mine · Pairwire');
  });
});

test.describe('the phone’s list', () => {
  test('renames, by its own name again when it is left empty, and takes back on Escape', async ({
    openPhone,
    page,
  }) => {
    await remember(page, 'phone', { name: 'studio' });
    await openPhone('');
    const name = page.getByTestId('device-name');
    const rename = async (text: string, key: string) => {
      await page.getByTestId('rename').click();
      await expect(page.getByTestId('name-input')).toBeFocused();
      await page.getByTestId('name-input').fill(text);
      await page.keyboard.press(key);
    };
    await rename('desk', 'Enter');
    await expect(name).toHaveText('desk');
    await expect(page.getByTestId('device')).toContainText('studio');
    await rename('thrown away', 'Escape');
    await expect(page.getByTestId('rename')).toBeFocused();
    await expect(name).toHaveText('desk');
    await page.reload();
    await expect(name).toHaveText('desk');
    await rename('', 'Enter');
    await expect(name).toHaveText('studio');
  });

  test('gives way to the code alone when the last computer is forgotten', async ({
    openPhone,
    page,
  }) => {
    await remember(page, 'phone', { name: 'one' }, { name: 'two' });
    await openPhone('');
    for (const left of [1, 0]) {
      await page.getByTestId('forget').first().click();
      await page.getByTestId('forget-yes').click();
      await expect(page.getByTestId('device')).toHaveCount(left);
    }
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Enter the code');
    expect(await page.evaluate(() => localStorage.getItem('pairwire.remembered'))).toBeNull();
  });

  test('a broken link is said to be one, beside the computers', async ({ openPhone, page }) => {
    await remember(page, 'phone', { name: 'studio' });
    await openPhone('#broken');
    await expect(page.getByTestId('reason')).toHaveText(/incomplete/);
    await expect(page.getByTestId('meet')).toBeVisible();
  });

  test('a computer that was met is met again when the server was away for long', async ({
    openPhone,
    page,
  }) => {
    await remember(page, 'phone', { name: 'studio' });
    await openPhone('');
    await page.getByTestId('meet').click();
    await tellPhone(page, { ...CONNECTED, peerName: 'studio' });
    await tellPhone(page, { phase: 'ended', reason: 'offline' });
    await page.getByTestId('again').click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Looking for studio…');
  });

  test('a computer that is not there can be tried again, or the search be given up', async ({
    openPhone,
    page,
  }) => {
    await remember(page, 'phone', { name: 'studio' });
    await openPhone('');
    await page.getByTestId('meet').click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Looking for studio…');
    await tellPhone(page, { phase: 'ended', reason: 'lonely' });
    await expect(spoken(page)).toHaveText('studio is not there');
    await page.getByTestId('again').click();
    expect(await calls(page, 'meet')).toEqual([{ name: 'meet', argument: 'device-0' }]);
    await tellPhone(page, { phase: 'ended', reason: 'rejected' });
    await expect(page.getByTestId('meet')).toBeVisible();
  });
});
