// Finds a Chromium for tests and screenshots; installs nothing into the system.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium as playwright } from '@playwright/test';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @typedef {{ executablePath?: string, env?: Record<string, string> }} Browser what Playwright's launch() takes */

/**
 * In this order: the program that PAIRWIRE_CHROMIUM names, the one that npm brought along (Linux
 * x64), the system's Chromium or Chrome, Playwright's own (downloaded the first time). The first
 * without a name is Chromium's headless shell, which has no windows to draw: the browser tests take
 * half the processor time that they take in a whole browser.
 *
 * @returns {Promise<Browser>}
 */
export async function findBrowser() {
  const named = process.env['PAIRWIRE_CHROMIUM'];
  if (named) {
    if (!existsSync(named)) throw new Error(`PAIRWIRE_CHROMIUM: there is no file ${named}`);
    return { executablePath: named };
  }
  if (process.platform === 'linux' && process.arch === 'x64') {
    const shell = await unpackFromNpm();
    if (starts(shell)) return shell;
  }
  const ofTheSystem = [
    '/usr/bin/chromium',
    '/usr/bin/google-chrome',
    '/usr/bin/google-chrome-stable',
  ].find((path) => existsSync(path));
  if (ofTheSystem !== undefined) return { executablePath: ofTheSystem };
  return installPlaywrights();
}

/**
 * A distribution may lack what it was linked against.
 *
 * @param {{ executablePath: string, env: Record<string, string> }} browser
 */
function starts({ executablePath, env }) {
  return spawnSync(executablePath, ['--version'], { env, stdio: 'ignore' }).status === 0;
}

/** @returns {Browser} */
function installPlaywrights() {
  if (!existsSync(playwright.executablePath())) {
    const cli = join(root, 'node_modules/@playwright/test/cli.js');
    const { status } = spawnSync(process.execPath, [cli, 'install', 'chromium'], {
      stdio: 'inherit',
    });
    if (status !== 0) throw new Error('No browser found, and Playwright could not install its own');
  }
  return {};
}

/**
 * The package is made for AWS Lambda and needs three things set right elsewhere: it unpacks its own
 * NSS libraries only when it believes to be there; it reuses whatever lies in the temporary folder,
 * of any version; and there its font settings name folders that do not exist, so text has no size.
 *
 * @returns {Promise<{ executablePath: string, env: Record<string, string> }>}
 */
async function unpackFromNpm() {
  const manifest = join(root, 'node_modules/@sparticuz/chromium/package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
  const folder = join(root, 'node_modules/.cache', `chromium-${version}`);
  const done = join(folder, 'unpacked');
  if (!existsSync(done)) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(join(folder, 'fonts'), { recursive: true });
    await withEnvironment(
      { AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x', TMPDIR: folder },
      async () => {
        const { default: chromium } = await import('@sparticuz/chromium');
        await chromium.executablePath();
      },
    );
    writeFileSync(join(folder, 'fonts', 'fonts.conf'), fontSettings(folder));
    // Last, so that an interrupted unpacking is done again.
    writeFileSync(done, '');
  }
  return {
    executablePath: join(folder, 'chromium'),
    env: {
      ...definedEnvironment(),
      LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'),
      FONTCONFIG_PATH: join(folder, 'fonts'),
    },
  };
}

/** @param {string} folder */
function fontSettings(folder) {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(folder, 'fonts')}</dir>
  <dir>/usr/share/fonts</dir>
  <dir>/usr/local/share/fonts</dir>
  <cachedir>${join(folder, 'fonts-cache')}</cachedir>
</fontconfig>
`;
}

/**
 * @param {Record<string, string>} changes
 * @param {() => Promise<void>} action which may change more: all of it is undone afterwards
 */
async function withEnvironment(changes, action) {
  const before = { ...process.env };
  Object.assign(process.env, changes);
  try {
    await action();
  } finally {
    for (const name of Object.keys(process.env)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

/** @returns {Record<string, string>} */
function definedEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value ? [[name, value]] : [])),
  );
}
