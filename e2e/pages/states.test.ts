// Every state of both pages, also those that are hard to come by: none may be cut off, unreadable,
// or silent for people who cannot see it.
import {
  END_REASONS,
  REFUSALS,
  type ConnectedState,
  type PageState,
  type PhoneState,
} from '@pairwire/pairing';
import { expectAccessible } from '../fixtures/axe.ts';
import {
  expect,
  GUID,
  remember,
  tellComputer,
  tellPhone,
  test,
  type Page,
} from './preview-test.ts';

const WAITING = { phase: 'waiting', guid: GUID, expiresInMs: 48_000, opened: false } as const;
const CONNECTED = {
  phase: 'connected',
  peerName: 'A phone with quite a long name of its own',
  peerSecure: false,
  peerTakesSecrets: true,
  presence: 'here',
  online: true,
  unsent: 0,
} as const;
const DEVICES = [
  { name: 'studio', givenName: `${'A name that goes on '.repeat(3)}!` },
  { name: `没有空格的一个很长很长的名字${'长'.repeat(48)}` },
  { name: '' },
];
const LONG = `https://example.org/${'path/'.repeat(40)}\n没有空格的一段很长很长的话${'长'.repeat(60)}`;

/** In this order: what was remembered before shows in the last two. */
const REMEMBERING: Record<string, ConnectedState> = {
  'not remembered': { ...CONNECTED, remember: 'off' },
  asking: { ...CONNECTED, remember: 'asking' },
  asked: { ...CONNECTED, remember: 'asked' },
  remembered: { ...CONNECTED, remember: 'on' },
  'no longer remembered': { ...CONNECTED, remember: 'off' },
  'no longer remembered, for good': { ...CONNECTED, remember: 'unavailable' },
};

const computerStates: Record<string, PageState> = {
  connecting: { phase: 'connecting' },
  waiting: WAITING,
  opened: { ...WAITING, opened: true },
  paused: { phase: 'paused' },
  preparing: { phase: 'claimed', confirm: 'match', choices: [] },
  match: { phase: 'claimed', confirm: 'match', phoneName: 'iPhone', choices: [47, 82, 15] },
  both: { phase: 'claimed', confirm: 'both', phoneName: 'iPhone', choices: [47, 82, 15], look: 63 },
  type: { phase: 'claimed', confirm: 'type', phoneName: 'iPhone', choices: [] },
  connected: CONNECTED,
  ...REMEMBERING,
  trouble: { ...CONNECTED, presence: 'asleep', online: false, unsent: 2 },
  ended: { phase: 'ended', reason: 'scary' },
};

const phoneStates: Record<string, PhoneState> = {
  idle: { phase: 'idle', ageMs: 12_000 },
  connecting: { phase: 'connecting' },
  confirm: { phase: 'confirm', confirm: 'match', pageLabel: 'studio', number: 47 },
  look: { phase: 'confirm', confirm: 'both', pageLabel: '', number: 47, lookChoices: [63, 18, 90] },
  connected: CONNECTED,
  ...REMEMBERING,
  trouble: { ...CONNECTED, presence: 'gone', online: false, unsent: 1 },
  ended: { phase: 'ended', reason: 'crowded' },
  offline: { phase: 'ended', reason: 'offline' },
};

const looks = [
  { name: '320 pixels, English, light', width: 320, height: 568, locale: 'en-US', scheme: 'light' },
  { name: '1280 pixels, Chinese, dark', width: 1280, height: 800, locale: 'zh-CN', scheme: 'dark' },
] as const;

for (const { name, width, height, locale, scheme } of looks) {
  test.describe(name, () => {
    test.use({
      viewport: { width, height },
      locale,
      colorScheme: scheme,
      contextOptions: { reducedMotion: 'reduce' },
    });

    test('the computer page is whole and passes axe in every state', async ({ openComputer }) => {
      const page = await openComputer();
      for (const [state, told] of Object.entries(computerStates)) {
        await tellComputer(page, told);
        await examine(page, state);
        if (told.phase === 'connected') await examineTalk(page, 'computer', state);
      }
    });

    test('the phone page is whole and passes axe in every state', async ({ openPhone }) => {
      const page = await openPhone('#broken');
      await page.getByTestId('connect').click();
      await examine(page, 'broken link');
      await page.getByTestId('guid-input').fill(GUID.toUpperCase());
      await page.getByTestId('connect').click();
      for (const [state, told] of Object.entries(phoneStates)) {
        await tellPhone(page, told);
        await examine(page, state);
        if (told.phase === 'connected') await examineTalk(page, 'phone', state);
      }
    });

    test('the computer page with phones that it remembers is whole and passes axe', async ({
      openComputer,
      page,
    }) => {
      await remember(page, 'page', ...DEVICES);
      await openComputer();
      await tellComputer(page, WAITING);
      await page.getByTestId('remembered-phones').locator('summary').click();
      await examineList(page, 'remembered phones');
      await tellComputer(page, { phase: 'ended', reason: 'lonely' });
      await examine(page, 'ended, with remembered phones');
    });

    test('the phone page with computers that it remembers is whole and passes axe', async ({
      openPhone,
      page,
    }) => {
      await remember(page, 'phone', ...DEVICES);
      await openPhone('');
      await examineList(page, 'remembered computers');
      await page.getByTestId('meet').first().click();
      await examine(page, 'on the way to a computer');
      await tellPhone(page, { phase: 'ended', reason: 'lonely' });
      await examine(page, 'the computer is not there');
      await page.getByTestId('again').click();
      await tellPhone(page, CONNECTED);
      await tellPhone(page, { phase: 'ended', reason: 'happy' });
      await examineList(page, 'ended, with remembered computers');
    });
  });
}

test('every way in which a link can end has its words on both pages', async ({ openComputer }) => {
  const page = await openComputer();
  const titles = new Set<string | null>();
  for (const reason of [...END_REASONS, ...REFUSALS, 'offline'] as const) {
    await tellComputer(page, { phase: 'ended', reason });
    await expect(page.getByTestId('reason')).toHaveAttribute('data-reason', reason);
    titles.add(await page.getByRole('heading', { level: 1 }).textContent());
  }
  // `expired` and `crowded` are reasons and refusals, and mean the same as both.
  expect(titles.size).toBe(new Set([...END_REASONS, ...REFUSALS, 'offline']).size);
});

async function examineTalk(page: Page, end: 'computer' | 'phone', state: string): Promise<void> {
  if (state in REMEMBERING) return examineRemembering(page, state);
  await talk(page, end);
  await examine(page, `${state}, talking`);
  await page.getByTestId('secret-switch').click();
  await page.getByTestId('reveal').last().click();
  await examine(page, `${state}, secrets`);
  await page.getByTestId('secret-switch').click();
}

async function examineRemembering(page: Page, state: string): Promise<void> {
  const word = page.getByTestId('remember-state');
  await word.click();
  await examine(page, `${state}, unfolded`);
  const forget = page.getByTestId('remember').getByTestId('forget');
  if ((await forget.count()) > 0) {
    await forget.click();
    await examine(page, `${state}, asked whether to forget`);
  }
  await word.click();
}

/** A list of devices, one of them being renamed and one on the way to be forgotten. */
async function examineList(page: Page, state: string): Promise<void> {
  await examine(page, state);
  await page.getByTestId('rename').first().click();
  await page.getByTestId('forget').last().click();
  await examine(page, `${state}, being changed`);
  await page.getByTestId('rename-cancel').click();
  await page.getByTestId('forget-no').click();
}

async function talk(page: Page, end: 'computer' | 'phone'): Promise<void> {
  await page.evaluate(
    ([who, text]) => {
      const { events } = window[who];
      events.message?.({ id: '1', text });
      events.secret?.({ id: '2', text: 'hidden' });
      events.secret?.({ id: '3', text });
      events.field?.({
        text: `being typed ${text}`,
        selectionStart: 0,
        selectionEnd: 5,
        composing: { start: 6, end: 11 },
      });
    },
    [end, LONG] as const,
  );
  await page.getByTestId('field').fill(LONG);
  await page.getByTestId('send').click();
}

async function examine(page: Page, state: string): Promise<void> {
  await expectAccessible(page, state);
  const cutOff = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(cutOff, state).toBe(0);
  await expect(page.getByRole('heading', { level: 1 }), state).toHaveCount(1);
}
