import { PNG } from 'pngjs';
import decodeQr from 'qr/decode.js';
import { calls, expect, GUID, tellComputer, tellPhone, test, type Page } from './preview-test.ts';

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

function spoken(page: Page) {
  return page.getByRole('status').first();
}

test.describe('the computer page', () => {
  test.use({ colorScheme: 'dark' });

  test('offers the chosen address, never localhost, and a code that cameras read in the dark', async ({
    openComputer,
  }) => {
    const page = await openComputer();
    await tellComputer(page, WAITING);
    expect(await scan(page)).toBe(`http://192.168.1.7:1818/p#${GUID}`);
    await page.getByTestId('address-select').selectOption('http://10.20.30.40:1818');
    expect(await scan(page)).toBe(`http://10.20.30.40:1818/p#${GUID}`);
    await expect(page.getByTestId('address-select')).not.toContainText('localhost');
    await expect(page.getByTestId('guid')).toHaveText(GUID);
  });

  test('remembers the address that brought a phone', async ({ openComputer }) => {
    const page = await openComputer();
    await tellComputer(page, WAITING);
    await page.getByTestId('address-select').selectOption('http://10.20.30.40:1818');
    await tellComputer(page, CONNECTED);
    await page.reload();
    await page.waitForFunction(() => 'computer' in window);
    await tellComputer(page, WAITING);
    expect(await scan(page)).toBe(`http://10.20.30.40:1818/p#${GUID}`);
  });

  test('says so, and shows the code in letters, when no phone could reach this machine', async ({
    openComputer,
  }) => {
    const page = await openComputer({ addresses: [] });
    await tellComputer(page, WAITING);
    await expect(page.getByTestId('no-address')).toBeVisible();
    await expect(page.getByTestId('qr')).toHaveCount(0);
    await expect(page.getByTestId('guid')).toHaveText(GUID);
  });

  test('counts down, and opens the checklist when no phone has come in 20 seconds', async ({
    openComputer,
    page,
  }) => {
    await page.clock.install({ time: 0 });
    await openComputer();
    // From here on time passes only when told to.
    await page.clock.pauseAt(100_000);
    await tellComputer(page, WAITING);
    await expect(page.getByTestId('countdown')).toHaveText('New code in 1:00');
    await page.clock.runFor(19_000);
    await expect(page.getByTestId('countdown')).toHaveText('New code in 0:41');
    await expect(page.getByTestId('checklist')).not.toHaveAttribute('open');
    await page.clock.runFor(1_500);
    await expect(page.getByTestId('checklist')).toHaveAttribute('open');
    await expect(page.getByTestId('checklist')).toContainText('1818');
    await expect(spoken(page)).toContainText('things to check');
    await tellComputer(page, { ...WAITING, opened: true });
    await expect(page.getByTestId('checklist')).not.toHaveAttribute('open');
  });

  test('never opens the checklist once a phone has come', async ({ openComputer, page }) => {
    await page.clock.install({ time: 0 });
    await openComputer();
    // From here on time passes only when told to.
    await page.clock.pauseAt(100_000);
    await tellComputer(page, { ...WAITING, opened: true });
    await page.clock.runFor(30_000);
    await expect(page.getByTestId('checklist')).not.toHaveAttribute('open');
  });

  test('speaks each change and brings the keyboard to it', async ({ openComputer }) => {
    const page = await openComputer();
    await tellComputer(page, WAITING);
    await tellComputer(page, { ...WAITING, opened: true });
    await expect(spoken(page)).toContainText('Tap Connect');
    await tellComputer(page, {
      phase: 'claimed',
      confirm: 'match',
      phoneName: 'iPhone',
      choices: [47, 82, 15],
    });
    await expect(spoken(page)).toContainText('Choose the number');
    await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
    await page.keyboard.press('Tab');
    await expect(page.getByRole('button', { name: 'My phone shows 47' })).toBeFocused();
    await page.keyboard.press('Enter');
    expect(await calls(page, 'choose')).toEqual([{ name: 'choose', argument: 47 }]);
    await tellComputer(page, CONNECTED);
    await expect(spoken(page)).toHaveText('Connected to iPhone.');
    await expect(page.getByTestId('field')).toBeFocused();
    await tellComputer(page, { ...CONNECTED, presence: 'asleep' });
    await expect(spoken(page)).toContainText('asleep');
    await tellComputer(page, { phase: 'ended', reason: 'happy' });
    await expect(spoken(page)).toHaveText('Disconnected');
  });

  test('lets the number be chosen once', async ({ openComputer }) => {
    const page = await openComputer();
    await tellComputer(page, {
      phase: 'claimed',
      confirm: 'match',
      phoneName: 'iPhone',
      choices: [47, 82, 15],
    });
    await page.getByTestId('choice-none').click();
    await expect(page.getByTestId('choice')).toHaveCount(0);
    expect(await calls(page, 'choose')).toEqual([{ name: 'choose', argument: null }]);
  });

  test('takes a typed number, and says what is wrong with anything else', async ({
    openComputer,
  }) => {
    const page = await openComputer({ confirm: 'type' });
    await tellComputer(page, {
      phase: 'claimed',
      confirm: 'type',
      phoneName: 'iPhone',
      choices: [],
    });
    await expect(page.getByTestId('type-number')).toBeFocused();
    await page.keyboard.type('4');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('alert')).toHaveText(
      'Two digits, please, as the phone shows them.',
    );
    await page.keyboard.type('7');
    await page.keyboard.press('Enter');
    expect(await calls(page, 'choose')).toEqual([{ name: 'choose', argument: 47 }]);
  });

  test('switches the language in the middle of a conversation and loses nothing', async ({
    openComputer,
  }) => {
    const page = await openComputer();
    await tellComputer(page, CONNECTED);
    await page.evaluate(() => window.computer.events.message?.({ id: '1', text: 'kept' }));
    await page.getByTestId('field').fill('draft');
    await page.getByTestId('language').click();
    await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
    await expect(page.getByTestId('disconnect')).toHaveText('断开连接');
    await expect(page.getByTestId('message-text')).toHaveText('kept');
    await expect(page.getByTestId('field')).toHaveValue('draft');
    await page.reload();
    await expect(page.getByTestId('language')).toHaveText('English');
  });
});

test('the computer page calls a link private only once the other end has said that it is sound', async ({
  openComputer,
}) => {
  const page = await openComputer();
  const label = page.getByTestId('privacy-label');
  await tellComputer(page, WAITING);
  await expect(label).toHaveText('Private from listeners');
  await tellComputer(page, { ...CONNECTED, peerSecure: true });
  await expect(label).toHaveText('Private');
  await label.click();
  await expect(page.getByText('the other device says the same of itself')).toBeVisible();
  await page.getByTestId('language').click();
  await expect(label).toHaveText('私密');
  await label.click();
  await expect(page.getByText('手机上的相机、剪贴板和屏幕常亮')).toBeVisible();
  await tellComputer(page, { phase: 'ended', reason: 'happy' });
  await tellComputer(page, CONNECTED);
  await expect(label).toHaveText('可防窃听');
});

test.describe('the phone page', () => {
  test('does nothing but a visit before the tap, and hides the code from the address bar', async ({
    openPhone,
  }) => {
    const page = await openPhone();
    expect(page.url()).not.toContain('#');
    expect(await page.evaluate(() => history.length)).toBeLessThanOrEqual(2);
    await tellPhone(page, { phase: 'idle', ageMs: 12_000 });
    await expect(page.getByTestId('origin')).toHaveText(new URL(page.url()).origin);
    await expect(page.getByTestId('age')).toHaveText(/^1\d seconds ago$/);
    expect(await calls(page)).toEqual([{ name: 'visit' }]);
    await page.getByTestId('connect').click();
    expect(await calls(page)).toEqual([{ name: 'visit' }, { name: 'claim' }]);
  });

  test('takes a code typed by hand, in any form, and the tap on Connect as the tap', async ({
    openPhone,
  }) => {
    const page = await openPhone('');
    await page.getByTestId('guid-input').fill('not a code');
    await page.getByTestId('connect').click();
    await expect(page.getByTestId('guid-problem')).not.toBeEmpty();
    await page.getByTestId('guid-input').fill(` {${GUID.toUpperCase()}} `);
    await page.getByTestId('connect').click();
    expect(await calls(page)).toEqual([{ name: 'claim' }]);
  });

  test('says in plain words that a link is broken', async ({ openPhone }) => {
    for (const fragment of ['#3f0c9a52', '#%E4%', `#${GUID}0`]) {
      const page = await openPhone(fragment);
      await expect(page.getByTestId('reason')).toContainText('incomplete');
      expect(page.url()).not.toContain('#');
      await page.goto('about:blank');
    }
  });

  test('follows another link in the same tab, but not away from a living one', async ({
    openPhone,
  }) => {
    const page = await openPhone('');
    await page.evaluate((guid) => (location.hash = guid), GUID);
    await expect(page.getByTestId('phase')).toHaveAttribute('data-phase', 'idle');
    await tellPhone(page, { ...CONNECTED, peerName: 'studio' });
    await page.evaluate(() => (location.hash = 'other'));
    await expect.poll(() => page.url()).not.toContain('#');
    await expect(page.getByTestId('phase')).toHaveAttribute('data-phase', 'connected');
  });

  test('claims no more than "private from listeners" over http, and says why', async ({
    openPhone,
  }) => {
    const page = await openPhone();
    await tellPhone(page, { ...CONNECTED, peerName: 'studio' });
    await expect(page.getByTestId('privacy-label')).toHaveText('Private from listeners');
    await page.getByTestId('privacy-label').click();
    await expect(page.getByText('This page came over http.')).toBeVisible();
  });
});

test.describe('the conversation', () => {
  test('shows the second tick only for what has been on a visible screen', async ({
    openComputer,
  }) => {
    const page = await openComputer();
    await tellComputer(page, CONNECTED);
    await page.evaluate(() => {
      Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
      window.computer.events.message?.({ id: '1', text: 'unseen' });
    });
    await expect(page).toHaveTitle('(1) iPhone · Pairwire');
    expect(await calls(page, 'markShown')).toEqual([]);
    await page.evaluate(() => {
      Object.defineProperty(document, 'visibilityState', { value: 'visible', configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await expect
      .poll(() => calls(page, 'markShown'))
      .toEqual([{ name: 'markShown', argument: '1' }]);
    await expect(page).toHaveTitle('iPhone · Pairwire');
  });

  test('shows the second tick not for a sliver of a message, but for a few lines of a long one', async ({
    openComputer,
  }) => {
    const page = await openComputer();
    await tellComputer(page, CONNECTED);
    const receive = (id: string, text: string) =>
      page.evaluate((message) => window.computer.events.message?.(message), { id, text });
    const scrollBy = (pixels: number) =>
      page.locator('.scroller').evaluate((scroller, by) => scroller.scrollBy(0, by), pixels);
    const marked = async () => (await calls(page, 'markShown')).map(({ argument }) => argument);
    await receive('1', 'line\n'.repeat(60));
    await expect.poll(marked).toEqual(['1']);
    await scrollBy(-600);
    await receive('2', 'line\n'.repeat(800));
    // Its first pixels come into view: nobody can have read them.
    await page.locator('.scroller').evaluate((scroller) => {
      const second = scroller.querySelectorAll('li')[1]?.getBoundingClientRect();
      scroller.scrollBy(0, (second?.top ?? 0) - scroller.getBoundingClientRect().bottom + 20);
    });
    await expect(page.getByTestId('message').nth(1)).toBeInViewport();
    await twoFrames(page);
    expect(await marked()).toEqual(['1']);
    await scrollBy(100);
    await expect.poll(marked).toEqual(['1', '2']);
  });

  test('does not pull a reader down who has scrolled up, and leads back to the end', async ({
    openComputer,
  }) => {
    const page = await openComputer();
    await tellComputer(page, CONNECTED);
    await page.evaluate(() => {
      for (let id = 1; id <= 40; id += 1) {
        window.computer.events.message?.({ id: String(id), text: `message ${id}` });
      }
    });
    await expect(page.getByTestId('message-text').nth(39)).toBeInViewport();
    await page.locator('.scroller').evaluate((scroller) => scroller.scrollTo(0, 0));
    await page.evaluate(() => window.computer.events.message?.({ id: '41', text: 'the newest' }));
    await expect(page.getByTestId('message-text').nth(40)).not.toBeInViewport();
    await page.getByTestId('new-messages').click();
    await expect(page.getByTestId('message-text').nth(40)).toBeInViewport();
    await expect.poll(async () => (await calls(page, 'markShown')).at(-1)?.argument).toBe('41');
  });

  test('sends with Enter, but not the Enter that ends a composition', async ({ openComputer }) => {
    const page = await openComputer();
    await tellComputer(page, CONNECTED);
    const field = page.getByTestId('field');
    await field.fill('ni');
    const enter = { key: 'Enter', bubbles: true, cancelable: true };
    await field.dispatchEvent('keydown', { ...enter, isComposing: true });
    await field.dispatchEvent('keydown', { ...enter, keyCode: 229 });
    await field.press('Shift+Enter');
    expect(await calls(page, 'sendMessage')).toEqual([]);
    await field.press('Enter');
    expect(await calls(page, 'sendMessage')).toEqual([{ name: 'sendMessage', argument: 'ni\n' }]);
    await expect(field).toHaveValue('');
    await field.fill('   ');
    await field.press('Enter');
    expect(await calls(page, 'sendMessage')).toHaveLength(1);
  });

  test('keeps a text that is too long in the field and says so', async ({ openComputer }) => {
    const page = await openComputer();
    await tellComputer(page, CONNECTED);
    await page.evaluate(() => {
      window.computer.refuseTexts = true;
    });
    await page.getByTestId('field').fill('too long');
    await page.getByTestId('send').click();
    await expect(page.getByTestId('field-alarm')).toContainText('Too long');
    await expect(page.getByTestId('field')).toHaveValue('too long');
    await expect(page.getByTestId('message')).toHaveCount(0);
  });

  test('copies where there is no clipboard interface, and admits when it cannot', async ({
    openPhone,
  }) => {
    const page = await openPhone();
    await tellPhone(page, { ...CONNECTED, peerName: 'studio' });
    await page.evaluate(() => window.phone.events.message?.({ id: '1', text: 'copy me\n复制我' }));
    expect(await page.evaluate(() => 'clipboard' in navigator)).toBe(false);
    await page.getByTestId('field').focus();
    await page.getByTestId('copy').click();
    await expect(spoken(page)).toHaveText('Copied');
    await page.getByTestId('field').press('ControlOrMeta+V');
    await expect(page.getByTestId('field')).toHaveValue('copy me\n复制我');
    await page.evaluate(() => {
      document.execCommand = () => false;
    });
    await page.getByTestId('copy').click();
    await expect(page.getByTestId('message')).toContainText('Could not copy');
    expect(await page.evaluate(() => getSelection()?.toString())).toBe('copy me\n复制我');
  });

  test('shows markup as text', async ({ openPhone }) => {
    const page = await openPhone();
    const evil = '<img src=x onerror="document.title=1"><b>bold</b>';
    await tellPhone(page, { ...CONNECTED, peerName: evil });
    await page.evaluate((text) => {
      window.phone.events.message?.({ id: '1', text });
      window.phone.events.field?.({ text, selectionStart: 1, selectionEnd: 3 });
    }, evil);
    await expect(page.getByTestId('message-text')).toHaveText(evil);
    await expect(page.getByTestId('remote-field')).toHaveText(evil);
    await expect(page.getByTestId('peer-name')).toHaveText(evil);
    await expect(page.locator('main img, main b')).toHaveCount(0);
  });

  test('stays to be read and copied after the link has ended', async ({ openComputer }) => {
    const page = await openComputer();
    await tellComputer(page, CONNECTED);
    await page.evaluate(() => window.computer.events.message?.({ id: '1', text: 'kept' }));
    await page.evaluate(() =>
      window.computer.events.field?.({ text: 'half a', selectionStart: 6, selectionEnd: 6 }),
    );
    await page.getByTestId('field').fill('draft');
    await tellComputer(page, { phase: 'ended', reason: 'lonely' });
    await expect(page.getByTestId('message-text')).toHaveText('kept');
    await expect(page.getByTestId('leftover')).toHaveText([/half a/, /draft/]);
    await expect(page.getByTestId('copy')).toHaveCount(3);
    await tellComputer(page, WAITING);
    await tellComputer(page, CONNECTED);
    await expect(page.getByTestId('message')).toHaveCount(0);
    await expect(page.getByTestId('field')).toHaveValue('');
  });
});

/** Long enough for what the browser observes to have been told. */
async function twoFrames(page: Page): Promise<void> {
  await page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
  );
}

async function scan(page: Page): Promise<string> {
  const { data, width, height } = PNG.sync.read(await page.getByTestId('qr').screenshot());
  return decodeQr({ data, width, height });
}
