// How long people wait, measured in a real browser on this machine:
//   tap → connected (both pages), and a character typed on the phone page → seen on the computer page.
// Prints medians and 95th percentiles; asserts nothing. Options: --rounds N (default 20), --characters N (60).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import { findBrowser } from '../scripts/browser.mjs';

/** A person needs at least so long to find the button, and between two keys. */
const READING_MS = 1000;
const KEYSTROKE_MS = 100;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    characters: { type: 'string', default: '60' },
  },
});

const bin = fileURLToPath(new URL('../packages/pairwire/bin/pairwire.js', import.meta.url));
const program = spawn(
  process.execPath,
  [bin, 'up', '--host', '127.0.0.1', '--port', '0', '--udp-port', '0'],
  { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, PAIRWIRE_CONFIRM: 'tap' } },
);
const origin = await readyAddress(program.stdout);
const browser = await chromium.launch({ ...(await findBrowser()), args: ['--no-sandbox'] });

try {
  const connects = [];
  const characters = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    const { connectedMs, typedMs } = await pairOnce(round === 0 ? Number(values.characters) : 0);
    connects.push(connectedMs);
    characters.push(...typedMs);
  }
  console.log(
    `${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}, Chromium ${browser.version()}`,
  );
  report('tap → connected on both pages', connects, 150);
  report('character typed on the phone page → on the computer page', characters, 20);
} finally {
  await browser.close();
  program.kill();
}

/** @param {number} characters */
async function pairOnce(characters) {
  const context = await browser.newContext({ locale: 'en' });
  const page = await context.newPage();
  const phone = await context.newPage();
  try {
    await page.goto(`${origin}/`);
    const guid = (await page.getByTestId('guid').filter({ hasText: '-' }).textContent())?.trim();
    await phone.goto(`${origin}/p#${guid}`);
    const connect = phone.getByTestId('connect');
    await connect.waitFor();
    const connected = { selector: 'main[data-phase=connected]' };
    // Watched inside the pages: a driver that polls from outside would add its own delay.
    const atPage = page.evaluate(watchFor, connected);
    const atPhone = phone.evaluate(watchFor, connected);
    await page.evaluate(() => 0);
    await setTimeout(READING_MS);
    const tappedAt = await phone.evaluate(() => {
      const now = performance.timeOrigin + performance.now();
      const button = document.querySelector('[data-testid=connect]');
      if (button instanceof HTMLElement) button.click();
      return now;
    });
    const connectedMs = Math.max(await atPage, await atPhone) - tappedAt;
    const typedMs = [];
    for (let i = 0; i < characters; i++) {
      const text = 'x'.repeat(i + 1);
      const seen = page.evaluate(watchFor, { selector: '[data-testid=remote-field]', text });
      await page.evaluate(() => 0);
      await setTimeout(KEYSTROKE_MS);
      const typedAt = await phone.evaluate((value) => {
        const now = performance.timeOrigin + performance.now();
        const field = document.querySelector('[data-testid=field]');
        if (field instanceof HTMLTextAreaElement) {
          field.value = value;
          field.setSelectionRange(value.length, value.length);
          field.dispatchEvent(new InputEvent('input', { bubbles: true, inputType: 'insertText' }));
        }
        return now;
      }, text);
      typedMs.push((await seen) - typedAt);
    }
    return { connectedMs, typedMs };
  } finally {
    await context.close();
  }
}

/**
 * Runs in the page.
 * @param {{ selector: string, text?: string }} wanted an element, and what it must say
 * @returns {Promise<number>} when it was, in milliseconds since 1970
 */
function watchFor({ selector, text }) {
  const isThere = () => {
    const found = document.querySelector(selector);
    return found !== null && (text === undefined || found.textContent?.trim() === text);
  };
  return new Promise((resolve) => {
    const look = () => {
      if (!isThere()) return;
      observer.disconnect();
      resolve(performance.timeOrigin + performance.now());
    };
    const observer = new MutationObserver(look);
    observer.observe(document, {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
    });
    look();
  });
}

/** @param {import('node:stream').Readable} stdout */
async function readyAddress(stdout) {
  let output = '';
  stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  for (;;) {
    const match = /^ready http:\/\/[^\s:]+:(\d+)/m.exec(output);
    if (match) return `http://127.0.0.1:${match[1]}`;
    await once(stdout, 'data');
  }
}

/**
 * @param {string} what
 * @param {number[]} times
 * @param {number} goalMs
 */
function report(what, times, goalMs) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (/** @type {number} */ share) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN).toFixed(1);
  console.log(
    `${what}: median ${at(0.5)} ms, p95 ${at(0.95)} ms, ${times.length} times (goal: p95 ≤ ${goalMs} ms)`,
  );
}
