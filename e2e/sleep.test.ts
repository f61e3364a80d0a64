// Phones that sleep, in a real browser: their connections are ghosts when they wake up, time has
// passed without them, and nothing is lost.
import type { Browser } from '@playwright/test';

import { Wire } from '../test/proxies/wire.ts';
import * as steps from './fixtures/steps.ts';
import { expect, test, type Page } from './fixtures/test.ts';

const TEN_MINUTES_MS = 600_000;
/** The relay answers a probe within 3 s, or another pipe is opened. */
const WITHIN = { timeout: 30_000 };

let network: Wire;
let origin: string;

test.beforeEach(async ({ server }) => {
  network = new Wire({ targetPort: server.port });
  origin = `http://127.0.0.1:${await network.listen()}`;
});

test.afterEach(() => network.close());

async function connect(computer: Page, phone: Page): Promise<void> {
  await steps.choose(computer, await steps.claimAt(computer, phone, origin));
  await steps.expectPhase(computer, 'connected');
  await steps.expectPhase(phone, 'connected');
}

async function expectPresence(page: Page, presence: 'here' | 'asleep'): Promise<void> {
  await expect(page.getByTestId('presence')).toHaveAttribute('data-presence', presence, WITHIN);
}

/** What browsers tell a page that was away. */
const SIGNS: Record<string, (phone: Page) => Promise<void>> = {
  'it is looked at again': (phone) =>
    phone.evaluate(() => void document.dispatchEvent(new Event('visibilitychange'))),
  'it comes back from the back-forward cache': (phone) =>
    phone.evaluate(
      () => void window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })),
    ),
  'it is thawed': (phone) => phone.evaluate(() => void document.dispatchEvent(new Event('resume'))),
  'it is online again': (phone) =>
    phone.evaluate(() => void window.dispatchEvent(new Event('online'))),
  'nothing is told, but its clock has jumped': (phone) => phone.clock.fastForward(TEN_MINUTES_MS),
};

test('a page whose connection is a ghost finds out by every sign of having slept', async ({
  computer,
  phone,
}) => {
  test.slow();
  await phone.clock.install();
  await connect(computer, phone);
  const texts: string[] = [];
  for (const [sign, give] of Object.entries(SIGNS)) {
    await test.step(sign, async () => {
      network.forgetClients();
      await expectPresence(computer, 'asleep');
      // The phone has nothing to say, so nothing else would ever make it look.
      await steps.send(computer, sign);
      texts.push(sign);
      await give(phone);
      await expectPresence(computer, 'here');
      await steps.expectMessages(phone, 'in', texts);
    });
  }
  await phone.goto('about:blank');
});

test.describe('a phone whose processes are stopped', () => {
  test.skip(process.platform === 'win32', 'Windows has no signal that stops a process');

  test('for ten minutes of its clock is asleep meanwhile, and loses nothing', async ({
    computer,
    launchOptions,
    playwright,
  }) => {
    test.slow();
    // In a browser of its own: what is stopped is all of it, and its connections stay open.
    const browser = await playwright.chromium.launch(launchOptions);
    try {
      const phone = await browser.newPage({ locale: 'en-US' });
      await phone.clock.install();
      await connect(computer, phone);
      await steps.send(phone, 'before');
      await steps.expectMessages(computer, 'in', ['before']);
      await steps.write(phone, 'half a wo');
      await steps.expectLive(computer, 'half a wo');
      await expectPresence(computer, 'here');

      const wakeUp = await stop(browser);
      try {
        await steps.send(computer, '睡着时一');
        network.forgetClients();
        await expectPresence(computer, 'asleep');
        await steps.send(computer, 'while it sleeps, two');
        await steps.write(computer, 'and half a sen');
        await expect(computer.getByTestId('message').last()).toHaveAttribute(
          'data-status',
          'queued',
        );
      } finally {
        wakeUp();
      }

      await phone.clock.fastForward(TEN_MINUTES_MS);
      await expectPresence(computer, 'here');
      await steps.expectMessages(phone, 'in', ['睡着时一', 'while it sleeps, two']);
      await steps.expectLive(phone, 'and half a sen');
      await steps.expectLive(computer, 'half a wo');
      await steps.send(phone, 'half a word');
      await steps.expectMessages(computer, 'in', ['before', 'half a word']);
      for (const page of [computer, phone]) {
        await expect(page.locator('[data-status=queued]')).toHaveCount(0);
      }
    } finally {
      await browser.close();
    }
  });
});

/** Stops every process of a browser where it is. @returns goes on with them */
async function stop(browser: Browser): Promise<() => void> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const signal = (name: NodeJS.Signals) => {
    for (const { id } of processInfo) process.kill(id, name);
  };
  signal('SIGSTOP');
  return () => signal('SIGCONT');
}
