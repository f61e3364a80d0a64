import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { phoneAddresses } from '../../src/cli/reach.ts';
import { startupPhrasesIn } from '../../src/cli/startup-phrases.ts';
import { formatStartup, type StartupFacts } from '../../src/cli/startup-report.ts';
import type { OffCode, SwitchedOff } from '../../src/cli/switched-off.ts';
import { columnsOf } from '../../src/simulator/columns.ts';
import { linuxLaptop } from './machines.ts';

const PORT = { host: '192.168.1.7', port: 5683, message: 'UDP port 5683 is in use' };

/** One of each. */
const OFF: { readonly [Code in OffCode]: SwitchedOff & { code: Code } } = {
  'pages-not-built': { code: 'pages-not-built' },
  'phones-loopback-only': { code: 'phones-loopback-only', host: '127.0.0.1' },
  'phones-no-address': { code: 'phones-no-address' },
  'phone-features-need-https': { code: 'phone-features-need-https' },
  'gateway-port-in-use': { code: 'gateway-port-in-use', ...PORT },
  'gateway-port-forbidden': { code: 'gateway-port-forbidden', ...PORT },
  'gateway-no-such-address': { code: 'gateway-no-such-address', ...PORT },
  'gateway-failed': { code: 'gateway-failed', ...PORT },
};

const english = startupPhrasesIn('en');
const chinese = startupPhrasesIn('zh');

function factsIn(phrases: typeof english): StartupFacts {
  return {
    version: '1.2.3',
    here: 'http://127.0.0.1:1818',
    phones: [
      { url: 'http://192.168.1.7:1818', label: 'Wi-Fi (wlan0)' },
      { url: 'http://10.0.0.1:1818', label: phrases.lessLikely('VPN (tun0)') },
    ],
    gateway: null,
    off: [phrases.describeOff(OFF['gateway-port-in-use'])],
  };
}

describe('the report of up', () => {
  test('names each group once and lines its columns up', () => {
    expect(formatStartup(factsIn(english), english).split('\n')).toEqual([
      'Pairwire 1.2.3',
      '',
      '  This computer   http://127.0.0.1:1818   open it: it shows the code to scan',
      '  Phones          http://192.168.1.7:1818   Wi-Fi (wlan0)',
      '                  http://10.0.0.1:1818      VPN (tun0), less likely',
      '  Off             phone gateway: UDP port 5683 is in use',
      '',
      '',
    ]);
  });

  test('does so in Chinese, whose characters are two columns wide', () => {
    const lines = formatStartup(factsIn(chinese), chinese).split('\n').slice(2, -2);
    expect(lines).toEqual([
      '  本机            http://127.0.0.1:1818   请打开：页面上有供扫描的二维码',
      '  手机            http://192.168.1.7:1818   Wi-Fi (wlan0)',
      '                  http://10.0.0.1:1818      VPN (tun0)，可能性较小',
      '  未启用          手机网关：UDP 端口 5683 已被占用；请用 --udp-port 换一个，0 表示任选空闲端口',
    ]);
    const widthBefore = (text: string) =>
      Array.from(text).reduce((sum, character) => sum + columnsOf(character), 0);
    expect(lines.slice(0, 3).map((line) => widthBefore(line.split('http')[0] ?? ''))).toEqual([
      18, 18, 18,
    ]);
  });

  test('calls the interfaces of addresses by their Chinese names, products by their own', () => {
    const labels = phoneAddresses('0.0.0.0', linuxLaptop, chinese.interfaceKind).map(
      ({ label }) => label,
    );
    expect(labels).toContain('Wi-Fi (wlp2s0)');
    expect(labels).toContain('以太网 (enp3s0)');
    expect(labels).toContain('虚拟网络 (virbr0)');
    expect(labels).toContain('Tailscale (tailscale0)');
  });
});

describe('what is off', () => {
  test.each(Object.values(OFF))('$code is explained in both languages', (off) => {
    const [inEnglish, inChinese] = [english, chinese].map((phrases) => phrases.describeOff(off));
    for (const text of [inEnglish?.what, inEnglish?.why]) expect(text).toMatch(/^[ -~]+$/);
    for (const text of [inChinese?.what, inChinese?.why]) expect(text).toMatch(/\p{Script=Han}/u);
  });

  test('is the same advice in both languages', () => {
    // What English says about the gateway is the error's own message.
    const ours = Object.values(OFF).filter(({ code }) => !code.startsWith('gateway-'));
    const options = (phrases: typeof english) =>
      ours.map((off) => phrases.describeOff(off).why.match(/--[a-z-]+/g));
    expect(options(chinese)).toEqual(options(english));
  });

  test('has every code in docs/reference/cli.md', () => {
    const page = readFileSync(
      new URL('../../../../docs/reference/cli.md', import.meta.url),
      'utf8',
    );
    const section = page.split(/^## /m).find((text) => text.startsWith('What is off')) ?? '';
    const documented = Array.from(section.matchAll(/^\| `([a-z-]+)` \|/gm), ([, code]) => code);
    expect(documented).toEqual(Object.keys(OFF));
  });
});
