// Programs from outside npm that some tests use. They are installed when that can be done without
// asking (root, on Debian); otherwise one line says what will be skipped.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * @typedef {{ name: string, isHere: () => boolean, without: string }} DebianPackage
 * @type {DebianPackage[]}
 */
export const forTests = [
  {
    name: 'libcoap3-bin',
    isHere: () => isProgram('coap-client-notls'),
    without: 'the gateway is not tested against the coap-client program',
  },
  {
    name: 'nginx',
    isHere: () => isProgram('nginx', '/usr/sbin'),
    without: 'the transports and the guide are not tested behind nginx',
  },
  {
    name: 'caddy',
    isHere: () => isProgram('caddy'),
    without: 'the guide is not tested behind Caddy',
  },
];

/** @type {DebianPackage[]} */
export const forScreenshots = [
  {
    name: 'fonts-noto-cjk',
    isHere: () => hasFont(':lang=zh'),
    without: 'Chinese text may come out as boxes',
  },
  {
    name: 'fonts-noto-color-emoji',
    isHere: () => hasFont(':charset=1f4da'),
    without: 'emoji may come out as boxes',
  },
];

/** @param {DebianPackage[]} packages */
export function ensureDebianPackages(packages) {
  const missing = packages.filter(({ isHere }) => !isHere());
  if (missing.length === 0) return;
  if (isRoot() && isProgram('apt-get')) aptInstall(missing.map(({ name }) => name));
  for (const { name, isHere, without } of missing) {
    if (!isHere()) console.log(`Debian package ${name} is not installed: ${without}.`);
  }
}

/** @param {string[]} names */
function aptInstall(names) {
  console.log(`Installing Debian packages: ${names.join(' ')} …`);
  const quick = ['-q', '-o', 'Acquire::Retries=0', '-o', 'Acquire::http::Timeout=15'];
  apt(['update', ...quick]);
  apt(['install', '-y', '--no-install-recommends', ...quick, ...names]);
}

/** @param {string[]} args */
function apt(args) {
  spawnSync('apt-get', args, {
    stdio: 'ignore',
    timeout: 180_000,
    // The programs are wanted, not the services that some of them are.
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', SYSTEMD_OFFLINE: '1' },
  });
}

function isRoot() {
  return process.getuid?.() === 0;
}

/**
 * @param {string} name
 * @param {string[]} folders where it may be besides the PATH, which may lack those of root
 */
function isProgram(name, ...folders) {
  return [...(process.env['PATH'] ?? '').split(delimiter), ...folders].some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Only Linux can lack one: the other systems bring theirs.
 *
 * @param {string} pattern as fc-list takes it
 */
function hasFont(pattern) {
  if (process.platform !== 'linux') return true;
  const list = spawnSync('fc-list', [pattern], { encoding: 'utf8' });
  return list.status === 0 && list.stdout.trim() !== '';
}
