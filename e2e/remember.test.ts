// Devices that remember each other, in real browsers: agreed on, met again without a code, renamed,
// forgotten.
import * as steps from './fixtures/steps.ts';
import { PHONE_HOST } from './fixtures/server.ts';
import { expect, test, type Page } from './fixtures/test.ts';

/** How long a phone looks for its computer (docs/protocol/pairing.md §16.2), and a little more. */
const GIVEN_UP_MS = 61_000;

test('two that remember each other connect again with one tap, after both windows were closed', async ({
  computer,
  phone,
}) => {
  await steps.connect(computer, phone);
  await rememberBoth(computer, phone);
  const [desk, pocket] = [await openAnew(computer), await openList(phone)];
  await expect(desk.getByTestId('remembered-phones')).toBeVisible();
  await pocket.getByTestId('meet').click();
  await expectTalk(desk, pocket, 'without a code');

  await pocket.getByTestId('disconnect').click();
  await steps.expectEnd(desk, 'happy');
  await desk.getByTestId('new-code').click();
  await steps.expectPhase(desk, 'waiting');
  await pocket.getByTestId('meet').click();
  await expectTalk(desk, pocket, 'and once more');
});

test('the phone may come first, and a new name stays', async ({ computer, phone, server }) => {
  await steps.connect(computer, phone);
  await rememberBoth(computer, phone);
  const context = computer.context();
  await computer.close();
  const pocket = await openList(phone);
  await pocket.getByTestId('rename').click();
  await pocket.getByTestId('name-input').fill('<i>我的</i> desk');
  await pocket.getByTestId('rename-save').click();
  await expect(pocket.getByTestId('device-name')).toHaveText('<i>我的</i> desk');
  await pocket.getByTestId('meet').click();
  await steps.expectPhase(pocket, 'connecting');
  await expect(pocket.getByRole('heading', { level: 1 })).toContainText('<i>我的</i> desk');
  const desk = await context.newPage();
  await desk.goto(server.url);
  await expectTalk(desk, pocket, 'late');
  await expect(pocket.getByTestId('peer-name')).toHaveText('<i>我的</i> desk');
  const again = await openList(pocket);
  await expect(again.getByTestId('device-name')).toHaveText('<i>我的</i> desk');
});

test('nothing is remembered unless both ask for it', async ({ computer, phone }) => {
  await steps.connect(computer, phone);
  await expect(computer.getByTestId('remember')).toHaveAttribute('data-state', 'off');
  await act(phone, 'remember-yes');
  await expect(phone.getByTestId('remember')).toHaveAttribute('data-state', 'asking');
  await expect(computer.getByTestId('remember')).toHaveAttribute('data-state', 'asked');
  await act(phone, 'remember-no');
  await expect(computer.getByTestId('remember')).toHaveAttribute('data-state', 'off');
  await phone.goto(`http://${PHONE_HOST}/p`);
  expect(await phone.evaluate(() => localStorage.getItem('pairwire.remembered'))).toBeNull();
});

test('forgotten at one end while connected: the other end is told, and forgets as well', async ({
  computer,
  phone,
}) => {
  await steps.connect(computer, phone);
  await rememberBoth(computer, phone);
  await act(computer, 'forget');
  await computer.getByTestId('forget-yes').click();
  await expect(phone.getByTestId('remember')).toHaveAttribute('data-state', /^lost/);
  await phone.getByTestId('remember-state').click();
  await expect(phone.getByTestId('remember')).toContainText('no longer remember each other');
  await phone.getByTestId('disconnect').click();
  await steps.expectEnd(phone, 'happy');
  await expect(phone.getByTestId('meet')).toHaveCount(0);
});

test('forgotten at the computer while the phone was away: it cannot come back, and is told why', async ({
  computer,
  phone,
}) => {
  await steps.connect(computer, phone);
  await rememberBoth(computer, phone);
  const desk = await openAnew(computer);
  await desk.getByTestId('remembered-phones').locator('summary').click();
  await desk.getByTestId('forget').click();
  await desk.getByTestId('forget-yes').click();
  await expect(desk.getByTestId('remembered-phones')).toBeHidden();
  const pocket = await openList(phone, { fakeClock: true });
  await lookInVain(pocket);
  await expect(pocket.getByTestId('reason')).toContainText('no longer remembers this phone');
  await steps.expectPhase(desk, 'waiting');
  await steps.connect(desk, pocket);
});

test('of two computers, the one that is open is met, and the other one is said not to be there', async ({
  browser,
  computer,
  phone,
  server,
}) => {
  await steps.connect(computer, phone);
  await rememberBoth(computer, phone);
  await openAnew(computer);
  const other = await (await browser.newContext({ locale: 'en-US' })).newPage();
  await other.goto(server.url);
  await phone.goto('about:blank');
  await steps.connect(other, phone);
  await rememberBoth(other, phone);
  await other.context().close();

  const pocket = await openList(phone, { fakeClock: true });
  await expect(pocket.getByTestId('device')).toHaveCount(2);
  // The one used last comes first, and it is closed.
  await lookInVain(pocket);
  await expect(pocket.getByTestId('reason')).toContainText('is not there');
  const again = await openList(pocket);
  await again.getByTestId('meet').last().click();
  await steps.expectPhase(again, 'connected');
});

test('looking for a computer can be given up', async ({ computer, phone }) => {
  await steps.connect(computer, phone);
  await rememberBoth(computer, phone);
  await computer.close();
  const pocket = await openList(phone);
  await pocket.getByTestId('meet').click();
  await pocket.getByTestId('cancel').click();
  await expect(pocket.getByTestId('meet')).toBeVisible();
});

test('where the browser keeps nothing, remembering is not offered at either end', async ({
  computer,
  phone,
}) => {
  await phone.addInitScript(() => {
    Object.defineProperty(window, 'localStorage', {
      get: () => {
        throw new DOMException('forbidden', 'SecurityError');
      },
    });
  });
  await steps.connect(computer, phone);
  await expect(computer.getByTestId('presence')).toBeVisible();
  for (const page of [computer, phone]) await expect(page.getByTestId('remember')).toBeHidden();
});

test('what lies damaged in storage is no computer', async ({ computer, phone }) => {
  await phone.goto(`http://${PHONE_HOST}/p`);
  await phone.evaluate(() => localStorage.setItem('pairwire.remembered', '[{"id":1},null,"…'));
  await phone.reload();
  await steps.expectPhase(phone, 'enter');
  await expect(phone.getByTestId('guid-input')).toBeVisible();
  await expect(phone.getByTestId('devices')).toHaveCount(0);
  await steps.connect(computer, phone);
  await rememberBoth(computer, phone);
});

/** Unfolds what is said of remembering, and presses a button there. */
async function act(page: Page, button: string): Promise<void> {
  const control = page.getByTestId('remember');
  if ((await control.getAttribute('open')) === null) {
    await control.getByTestId('remember-state').click();
  }
  await control.getByTestId(button).click();
}

async function rememberBoth(computer: Page, phone: Page): Promise<void> {
  await act(phone, 'remember-yes');
  await expect(computer.getByTestId('remember')).toHaveAttribute('data-state', 'asked');
  await act(computer, 'remember-yes');
  for (const page of [computer, phone]) {
    await expect(page.getByTestId('remember')).toHaveAttribute('data-state', 'on');
  }
}

/** The window is closed, and the same address is opened in another one of that browser. */
async function openAnew(page: Page): Promise<Page> {
  const url = page.url();
  const context = page.context();
  await page.close();
  const next = await context.newPage();
  await next.goto(url);
  return next;
}

/** The same on the phone, which then shows the computers that it remembers. */
async function openList(phone: Page, { fakeClock = false } = {}): Promise<Page> {
  const context = phone.context();
  await phone.close();
  const next = await context.newPage();
  if (fakeClock) await next.clock.install();
  await next.goto(`http://${PHONE_HOST}/p`);
  await expect(next.getByTestId('meet').first()).toBeVisible();
  return next;
}

async function lookInVain(phone: Page): Promise<void> {
  await phone.getByTestId('meet').first().click();
  await steps.expectPhase(phone, 'connecting');
  await phone.clock.fastForward(GIVEN_UP_MS);
  await steps.expectEnd(phone, 'lonely');
}

async function expectTalk(computer: Page, phone: Page, text: string): Promise<void> {
  await steps.expectPhase(phone, 'connected');
  await steps.expectPhase(computer, 'connected');
  await steps.send(phone, text);
  await steps.expectMessages(computer, 'in', [text]);
  await steps.send(computer, `${text}, back`);
  await steps.expectMessages(phone, 'in', [`${text}, back`]);
  await expect(phone.getByTestId('remember')).toHaveAttribute('data-state', 'on');
}
