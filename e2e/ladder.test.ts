import { HttpProxy } from '../test/proxies/http-proxy.ts';
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
