import { HttpProxy } from '../test/proxies/http-proxy.ts';
import { Wire } from '../test/proxies/wire.ts';
import * as steps from './fixtures/steps.ts';
import { expect, test, type Page } from './fixtures/test.ts';

/** What the page remembers of the network. */
function transportOf(page: Page): Promise<string | null> {
  return page.evaluate(() => sessionStorage.getItem('pairwire.transport'));
}

for (const [what, buffers, transport] of [
  ['strips Upgrade', false, 'streaming'],
  ['passes on whole responses only', true, 'long-polling'],
] as const) {
  test(`pages behind a proxy that ${what} meet on ${transport}`, async ({
    computer,
    phone,
    server,
  }) => {
    test.slow();
    const proxy = new HttpProxy({ targetPort: server.port, buffers });
    const origin = `http://127.0.0.1:${await proxy.listen()}`;
    try {
      await computer.goto(`${origin}/`);
      // The code itself holds the address that phones are told, which goes past the proxy.
      await steps.choose(computer, await steps.claimAt(computer, phone, origin));
      await steps.expectPhase(computer, 'connected');
      await steps.expectPhase(phone, 'connected');
      await steps.send(computer, 'from the computer');
      await steps.send(phone, '来自手机 📱');
      await steps.write(phone, 'half a wo');
      await steps.expectMessages(computer, 'in', ['来自手机 📱']);
      await steps.expectMessages(phone, 'in', ['from the computer']);
      await steps.expectLive(computer, 'half a wo');
      // Where a busy machine was slow to open it they began further down, and climb.
      await expect
        .poll(() => Promise.all([computer, phone].map(transportOf)), { timeout: 60_000 })
        .toEqual([transport, transport]);
      // Pages that stay would complain of a stream that was cut.
      for (const page of [computer, phone]) await page.goto('about:blank');
    } finally {
      await proxy.close();
    }
  });
}

/** The ladder looks upward every 30 s; nothing else that pages wait for is due by then. */
const UNTIL_PROBE_MS = 30_500;

test.describe('pages whose network lets more through later', () => {
  let strict: HttpProxy;
  let network: Wire;
  let origin: string;

  test.beforeEach(async ({ computer, server }) => {
    strict = new HttpProxy({ targetPort: server.port });
    network = new Wire({ targetPort: await strict.listen() });
    origin = `http://127.0.0.1:${await network.listen()}`;
    await computer.clock.install();
    await computer.goto(`${origin}/`);
    await expect(computer.getByTestId('guid')).toContainText('-', { timeout: 20_000 });
  });

  test.afterEach(async ({ computer, phone }) => {
    // Pages that stay would complain of a stream that was cut.
    for (const page of [computer, phone]) await page.goto('about:blank');
    await network.close();
    await strict.close();
  });

  test('move up in the middle of a word, and neither sees the other one leave', async ({
    computer,
    phone,
    server,
  }) => {
    await phone.clock.install();
    await steps.choose(computer, await steps.claimAt(computer, phone, origin));
    await steps.expectPhase(phone, 'connected');
    const seen = await Promise.all([computer, phone].map(watchPresence));
    for (const [here, there] of [
      [computer, phone],
      [phone, computer],
    ] as const) {
      await steps.write(here, 'half a wo');
      await steps.expectLive(there, 'half a wo');
    }
    // Or on long polling, where a busy machine was slow to open the stream.
    expect(await transportOf(computer)).not.toBe('websocket');
    network.targetPort = server.port;
    // Both at once: a stream that is silent for 40 s of its page's clock counts as lost.
    await Promise.all([computer, phone].map((page) => page.clock.fastForward(UNTIL_PROBE_MS)));
    for (const page of [computer, phone]) {
      await expect.poll(() => transportOf(page), { timeout: 20_000 }).toBe('websocket');
    }
    await steps.send(computer, 'half a word');
    await steps.send(phone, '半句话');
    await steps.expectMessages(phone, 'in', ['half a word']);
    await steps.expectMessages(computer, 'in', ['半句话']);
    for (const presences of seen) expect(await presences()).toEqual([]);
  });

  test('move up while a code is shown, which stays and works', async ({
    computer,
    phone,
    server,
  }) => {
    const guid = await computer.getByTestId('guid').textContent();
    // Or on long polling, where a busy machine was slow to open the stream.
    expect(await transportOf(computer)).not.toBe('websocket');
    network.targetPort = server.port;
    await computer.clock.fastForward(UNTIL_PROBE_MS);
    await expect.poll(() => transportOf(computer), { timeout: 20_000 }).toBe('websocket');
    await expect(computer.getByTestId('guid')).toHaveText(guid ?? '');
    await steps.choose(computer, await steps.claimAt(computer, phone, origin));
    await steps.send(phone, 'by the code of before');
    await steps.expectMessages(computer, 'in', ['by the code of before']);
    expect(await transportOf(computer)).toBe('websocket');
  });
});

/** Takes down what the page says of the other side's presence from now on. */
async function watchPresence(page: Page): Promise<() => Promise<(string | null)[]>> {
  const told = await page.getByTestId('presence').evaluateHandle((presence) => {
    const values: (string | null)[] = [];
    new MutationObserver(() => values.push(presence.getAttribute('data-presence'))).observe(
      presence,
      { attributes: true, attributeFilter: ['data-presence'] },
    );
    return values;
  });
  return () => told.evaluate((values) => values.filter((value) => value !== 'here'));
}

test('a page that could not load the other transports while offline loads them later', async ({
  computer,
  server,
}) => {
  const proxy = new HttpProxy({ targetPort: server.port });
  const origin = `http://127.0.0.1:${await proxy.listen()}`;
  try {
    let refused = 0;
    await computer.route(/http-transports/, async (route) => {
      refused += 1;
      if (refused <= 2) await route.abort('connectionrefused');
      else await route.continue();
    });
    await computer.goto(`${origin}/`);
    await expect(computer.getByTestId('guid')).toContainText('-', { timeout: 20_000 });
    expect(refused).toBeGreaterThan(2);
    await computer.goto('about:blank');
  } finally {
    await proxy.close();
  }
});
