// Playwright's test for the pages alone: an endpoint with nobody behind it says what happens.
import { test as base, type Page } from '@playwright/test';
import type { PageState, PhoneState } from '@pairwire/pairing';
import { startPreviewServer, type PreviewServer } from './preview-server.ts';
import type { Call } from './preview/fake-endpoint.ts';
import './preview/preview-window.ts';

export { expect, type Page } from '@playwright/test';

/** Not a secure context, unlike localhost. */
const INSECURE_HOST = 'phone.test';
export const GUID = '3f0c9a52-7b1e-4d2a-9c41-0d6e8f5a7b13';

const CONFIG = {
  addresses: [
    { url: 'http://192.168.1.7:1818', label: 'Wi-Fi (wlan0)' },
    { url: 'http://10.20.30.40:1818', label: 'Ethernet (enp3s0)' },
  ],
  confirm: 'match',
  label: 'studio',
  off: [{ code: 'phone-features-need-https', what: 'Camera', why: 'Only over https.' }],
};

export const test = base.extend<
  {
    openComputer: (config?: object) => Promise<Page>;
    openPhone: (fragment?: string) => Promise<Page>;
  },
  { preview: PreviewServer }
>({
  preview: [
    async ({}, use) => {
      const preview = await startPreviewServer(CONFIG);
      await use(preview);
      await preview.close();
    },
    { scope: 'worker' },
  ],
  launchOptions: [
    async ({ launchOptions }, use) => {
      const args = [`--host-resolver-rules=MAP ${INSECURE_HOST} 127.0.0.1`];
      await use({ ...launchOptions, args });
    },
    { scope: 'worker' },
  ],
  openComputer: async ({ page, preview }, use) => {
    const troubles = watch(page);
    await use(async (config) => {
      if (config !== undefined) {
        await page.route('**/config.json', (route) =>
          route.fulfill({ json: { ...CONFIG, ...config } }),
        );
      }
      await page.goto(`http://localhost:${preview.port}/computer.html`);
      await page.waitForFunction(() => 'computer' in window);
      return page;
    });
    base.expect(troubles).toEqual([]);
  },
  openPhone: async ({ page, preview }, use) => {
    const troubles = watch(page);
    await use(async (fragment = `#${GUID}`) => {
      await page.goto(`http://${INSECURE_HOST}:${preview.port}/phone.html${fragment}`);
      await page.getByTestId('phase').and(page.locator('[data-phase]')).waitFor();
      return page;
    });
    base.expect(troubles).toEqual([]);
  },
});

/** Exceptions, and what the Content-Security-Policy refused. */
function watch(page: Page): string[] {
  const troubles: string[] = [];
  page.on('pageerror', (error) => troubles.push(`exception: ${error.message}`));
  page.on('console', (message) => {
    // Only the previews have no icon.
    if (message.type() === 'error' && !message.location().url.endsWith('/favicon.ico')) {
      troubles.push(`console: ${message.text()}`);
    }
  });
  return troubles;
}

export async function tellComputer(page: Page, state: PageState): Promise<void> {
  await page.evaluate((told) => window.computer.tell(told), state);
}

export async function tellPhone(page: Page, state: PhoneState): Promise<void> {
  await page.evaluate((told) => window.phone.tell(told), state);
}

/** As if the device had remembered these before the page was opened, the last one first. */
export async function remember(
  page: Page,
  side: 'page' | 'phone',
  ...devices: { name: string; givenName?: string }[]
): Promise<void> {
  await page.addInitScript(
    ([own, all]) => {
      if (localStorage.getItem('pairwire.remembered') !== null) return;
      const kept = all.map((device, index) => ({
        ...device,
        id: `device-${index}`,
        side: own,
        generation: 0,
        secret: btoa('x'.repeat(32)).replace('=', ''),
        textBytes: 65_472,
        createdAtMs: Date.now() - 40 * 86_400_000,
        lastUsedAtMs: Date.now() - index * 86_400_000,
      }));
      localStorage.setItem('pairwire.remembered', JSON.stringify(kept));
    },
    [side, devices] as const,
  );
}

/** What the page did to its endpoint so far. */
export function calls(page: Page, name?: string): Promise<Call[]> {
  return page.evaluate((wanted) => {
    const { calls } = window.computer ?? window.phone;
    return calls.filter((call) => wanted === undefined || call.name === wanted);
  }, name);
}
