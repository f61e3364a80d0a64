// npm run screenshots: takes the pictures of docs/images from the running program, in a real
// browser, with a computer page and a phone page that are really connected.
import { spawn } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium, devices } from '@playwright/test';
import { findBrowser } from './browser.mjs';
import { ensureDebianPackages, forScreenshots } from './debian-packages.mjs';

/** @typedef {import('@playwright/test').Page} Page */

/** What the code on the pictures holds; the browser resolves it to the program. */
const PUBLIC_HOST = 'pairwire.home';
const MAX_BYTES = 150_000;

const root = fileURLToPath(new URL('..', import.meta.url));
const images = join(root, 'docs/images');
mkdirSync(images, { recursive: true });
ensureDebianPackages(forScreenshots);

const bin = join(root, 'packages/pairwire/bin/pairwire.js');
const options = `--host 127.0.0.1 --port 0 --udp-port 0 --public-url http://${PUBLIC_HOST} --label Desk`;
const program = spawn(process.execPath, [bin, 'up', ...options.split(' ')], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const port = await readyPort();
  const browser = await chromium.launch({
    ...(await findBrowser()),
    args: [`--host-resolver-rules=MAP ${PUBLIC_HOST} 127.0.0.1:${port}`],
  });
  try {
    await takePairing(browser);
    await takeLab(browser);
  } finally {
    await browser.close();
  }
} finally {
  program.kill();
}

/** @param {import('@playwright/test').Browser} browser */
async function takePairing(browser) {
  const settings = { locale: 'en-US', colorScheme: /** @type {const} */ ('light') };
  const computer = await browser.newPage({ ...settings, viewport: { width: 1120, height: 720 } });
  const phone = await browser.newPage({
    ...devices['Pixel 7'],
    ...settings,
    viewport: { width: 375, height: 720 },
    deviceScaleFactor: 2,
  });

  await computer.goto(`http://${PUBLIC_HOST}/`);
  await computer.getByTestId('qr').waitFor();
  await take(computer, 'computer-waiting');

  const guid = await computer.getByTestId('guid').textContent();
  await phone.goto(`http://${PUBLIC_HOST}/p#${guid}`);
  await phone.getByTestId('connect').waitFor();
  await take(phone, 'phone-connect');

  await phone.getByTestId('connect').tap();
  const number = (await phone.getByTestId('number').textContent()) ?? '';
  await computer.getByTestId('choice').first().waitFor();
  await take(phone, 'phone-number');
  await take(computer, 'computer-number');

  await computer.getByTestId('choice').getByText(number, { exact: true }).click();
  await computer.getByTestId('field').waitFor();
  await say(computer, phone, 'Hello from the keyboard. Where do we meet?');
  await say(phone, computer, '在老地方，图书馆门口 📚');
  await say(phone, computer, '48.8584, 2.2945');
  await say(computer, phone, 'Got it: https://example.org/map?x=2.2945');
  await phone.getByTestId('field').pressSequentially('我带上笔记本，大概七点');
  await computer.getByTestId('remote-field').getByText('大概七点').waitFor();
  await take(computer, 'computer-connected');
  await take(phone, 'phone-connected');
}

/** @param {import('@playwright/test').Browser} browser */
async function takeLab(browser) {
  const page = await browser.newPage({
    locale: 'en-US',
    colorScheme: 'light',
    viewport: { width: 1120, height: 720 },
  });
  await page.goto(`http://${PUBLIC_HOST}/lab`);
  await page.getByTestId('chat-name').fill('小明');
  await page.getByTestId('chat-connect').click();
  await page.getByTestId('accept').waitFor();
  await page.getByTestId('chat-send').click();
  const fromServer = page.locator('[data-testid=frame][data-sender=server]');
  await fromServer.waitFor();
  await page.getByTestId('chat-ping').click();
  await page.locator('[data-testid=frame][data-opcode=pong]').waitFor();
  await page.locator('[data-testid=frame] [data-field=masking-key]').first().focus();
  await page.getByTestId('frames').evaluate((frames) => frames.scrollIntoView());
  await page.mouse.wheel(0, -130);
  await take(page, 'lab-bytes');

  await page.getByTestId('nav-transports').click();
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.setViewportSize({ width: 1120, height: 980 });
  await page.getByTestId('compare-start').click();
  await page.getByTestId('compare-progress').getByText('20 of 30').waitFor();
  await take(page, 'lab-transports');
}

/**
 * @param {Page} from
 * @param {Page} to
 * @param {string} text
 */
async function say(from, to, text) {
  await from.getByTestId('field').fill(text);
  await from.getByTestId('send').click();
  await to.getByTestId('message-text').getByText(text, { exact: true }).waitFor();
  await from.locator('[data-testid=message][data-status=shown]').getByText(text).waitFor();
}

/**
 * @param {Page} page
 * @param {string} name
 */
async function take(page, name) {
  const path = join(images, `${name}.png`);
  await page.screenshot({ path, animations: 'disabled', caret: 'hide' });
  const { size } = statSync(path);
  console.log(`docs/images/${name}.png  ${Math.round(size / 1000)} kB`);
  if (size > MAX_BYTES) throw new Error(`${name}.png is over ${MAX_BYTES / 1000} kB`);
}

/** @returns {Promise<string>} */
async function readyPort() {
  for await (const line of createInterface({ input: program.stdout })) {
    const [, port] = /^ready http:\/\/[^\s:]+:(\d+)/.exec(line) ?? [];
    if (port !== undefined) return port;
  }
  throw new Error('The program ended before it was ready');
}
