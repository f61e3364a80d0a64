// Pages that are loaded anew, hidden, or without a network, in a real browser.
import { Wire } from '../test/proxies/wire.ts';
import * as steps from './fixtures/steps.ts';
import { expect, test, type Page } from './fixtures/test.ts';

/** Loads the page again, also when it asks whether to leave with texts that wait. */
async function reload(page: Page): Promise<void> {
  const accept = (dialog: { accept(): Promise<void> }) => void dialog.accept();
  page.on('dialog', accept);
  await page.reload();
  page.off('dialog', accept);
}

for (const end of ['computer', 'phone'] as const) {
  test(`the ${end} page is reloaded in the middle of a word: the link goes on, without a code`, async ({
    computer,
    phone,
  }) => {
    await steps.connect(computer, phone);
    const [here, there] = end === 'computer' ? [computer, phone] : [phone, computer];
    await steps.send(here, 'before');
    await steps.send(there, 'to it');
    await steps.expectMessages(here, 'in', ['to it']);
    await steps.write(here, 'half a wo');
    await steps.expectLive(there, 'half a wo');
    await reload(here);
    await steps.expectPhase(here, 'connected');
    await expect(here.getByTestId('field')).toHaveValue('half a wo');
    await steps.expectMessages(here, 'out', ['before']);
    await steps.expectMessages(here, 'in', ['to it']);
    await steps.expectLive(there, 'half a wo');
    await steps.send(here, 'half a word');
    await steps.send(there, 'and back');
    await steps.expectMessages(there, 'in', ['before', 'half a word']);
    await steps.expectMessages(here, 'in', ['to it', 'and back']);
    await expect(there.getByTestId('presence')).toHaveAttribute('data-presence', 'here');
  });
}

test('texts that waited without a server are delivered once, over a reload of both pages and a new server', async ({
  computer,
  phone,
  server,
}) => {
  await steps.connect(computer, phone);
  await steps.send(phone, 'one');
  await steps.expectMessages(computer, 'in', ['one']);
  await server.kill();
  await expect(phone.getByTestId('trouble')).toBeVisible();
  await steps.send(phone, 'two');
  await steps.send(phone, 'three');
  await steps.send(computer, 'other way');
  await server.restart();
  await reload(phone);
  await reload(computer);
  await steps.expectMessages(computer, 'in', ['one', 'two', 'three']);
  await steps.expectMessages(phone, 'in', ['other way']);
  await steps.expectMessages(phone, 'out', ['one', 'two', 'three']);
  await expect(phone.locator('[data-testid=message][data-status=queued]')).toHaveCount(0);
});

test('a page that is hidden is asleep for the other side, gets what is sent, and is not typing meanwhile', async ({
  computer,
  phone,
}) => {
  await steps.connect(computer, phone);
  await steps.write(phone, 'half a wo');
  await steps.expectLive(computer, 'half a wo');
  await expect(computer.locator('.remote-label')).toContainText('is typing');
  await hide(phone, true);
  await expect(computer.getByTestId('presence')).toHaveAttribute('data-presence', 'asleep');
  await expect(computer.locator('.remote-label')).toContainText('was typing');
  await steps.send(computer, 'for later');
  await hide(phone, false);
  await expect(computer.getByTestId('presence')).toHaveAttribute('data-presence', 'here');
  await steps.expectMessages(phone, 'in', ['for later']);
  await expect(computer.locator('.remote-label')).toContainText('is typing');
});

test('a phone that loses its network sends what was written meanwhile when it is back, once', async ({
  computer,
  phone,
  server,
}) => {
  const network = new Wire({ targetPort: server.port });
  const origin = `http://127.0.0.1:${await network.listen()}`;
  try {
    await steps.choose(computer, await steps.claimAt(computer, phone, origin));
    await steps.expectPhase(phone, 'connected');
    await steps.send(phone, 'before');
    await steps.expectMessages(computer, 'in', ['before']);

    // The browser knows that it is offline, and its connections are cut, as when Wi-Fi goes.
    network.mode = 'refusing';
    await phone.context().setOffline(true);
    network.cutAll();
    await expect(phone.getByTestId('trouble')).toBeVisible();
    await expect(computer.getByTestId('presence')).toHaveAttribute('data-presence', 'asleep');
    await steps.send(phone, '离线一');
    await steps.send(phone, 'offline two');
    await steps.write(phone, 'half a wo');
    await steps.send(computer, 'for later');
    await expect(phone.getByTestId('message').last()).toHaveAttribute('data-status', 'queued');

    network.mode = 'passing';
    await phone.context().setOffline(false);
    await steps.expectMessages(computer, 'in', ['before', '离线一', 'offline two']);
    await steps.expectMessages(phone, 'in', ['for later']);
    await steps.expectLive(computer, 'half a wo');
    await expect(phone.getByTestId('trouble')).toBeHidden();
    await expect(computer.getByTestId('presence')).toHaveAttribute('data-presence', 'here');
    await expect(phone.locator('[data-testid=message][data-status=queued]')).toHaveCount(0);
    // A page that stays would complain of the connection that is cut now.
    await phone.goto('about:blank');
  } finally {
    await network.close();
  }
});

test('a duplicated tab goes on in the place of the one before, which says so', async ({
  computer,
  phone,
}) => {
  await steps.connect(computer, phone);
  await steps.send(phone, 'from the first');
  await steps.expectMessages(computer, 'in', ['from the first']);
  const kept = await phone.evaluate(() => Object.fromEntries(Object.entries(sessionStorage)));
  const copy = await phone.context().newPage();
  await copy.addInitScript((items) => {
    for (const [key, value] of Object.entries(items)) sessionStorage.setItem(key, value);
  }, kept);
  await copy.goto(phone.url());
  await steps.expectPhase(copy, 'connected');
  await steps.expectEnd(phone, 'replaced');
  await steps.send(copy, 'from the second');
  await steps.expectMessages(computer, 'in', ['from the first', 'from the second']);
});

/** As when the person turns to something else. */
async function hide(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate(
    (state) => {
      Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    },
    hidden ? 'hidden' : 'visible',
  );
}
