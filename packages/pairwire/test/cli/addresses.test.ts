import { networkInterfaces } from 'node:os';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  formatHost,
  isLoopbackHost,
  isWildcardHost,
  rankAddresses,
} from '../../src/cli/addresses.ts';
import * as machines from './machines.ts';

const { address } = machines;

function ranked(interfaces: Parameters<typeof rankAddresses>[0]): string[] {
  return rankAddresses(interfaces).map((entry) => `${entry.address} ${entry.label}`);
}

describe('ranking of this machine’s addresses for a phone', () => {
  test('a Linux laptop offers Wi-Fi, then the cable, then tunnels, then Docker and virtual machines', () => {
    expect(ranked(machines.linuxLaptop)).toEqual([
      '192.168.1.7 Wi-Fi (wlp2s0)',
      '10.20.30.40 Ethernet (enp3s0)',
      'fd12:3456:789a::7 Wi-Fi (wlp2s0)',
      '2001:db8:1::aaaa Wi-Fi (wlp2s0)',
      '10.8.0.6 VPN (tun0)',
      'fd7a:115c:a1e0::1 Tailscale (tailscale0)',
      '100.101.102.103 Tailscale (tailscale0)',
      '172.17.0.1 Docker (docker0)',
      '172.18.0.1 Docker (br-5f2c9a0b1d3e)',
      '192.168.122.1 virtual network (virbr0)',
    ]);
  });

  test('a Mac offers en0 without claiming what it is, and leaves link-local out', () => {
    expect(ranked(machines.macLaptop)).toEqual([
      '192.168.0.23 Wi-Fi or Ethernet (en0)',
      '10.11.12.13 VPN (utun3)',
      '100.64.0.9 VPN (utun4)',
      '192.168.64.1 virtual network (bridge100)',
    ]);
  });

  test('Windows: WSL, Hyper-V, VirtualBox and VMware come after the network card, whatever their names', () => {
    expect(ranked(machines.windowsDesktop)).toEqual([
      '192.168.178.31 Wi-Fi',
      '192.168.178.30 Ethernet 2',
      '10.9.0.2 VPN (OpenVPN Wintun)',
      '100.90.80.70 Tailscale',
      '172.29.16.1 WSL (vEthernet (WSL (Hyper-V firewall)))',
      '172.20.0.1 Hyper-V (vEthernet (Default Switch))',
      '192.168.56.1 VirtualBox (Ethernet 3)',
      '192.168.80.1 VMware Network Adapter VMnet8',
    ]);
  });

  test('Chinese interface names are understood, and a proxy’s own tunnel comes after them', () => {
    expect(ranked(machines.chineseWindows)).toEqual([
      '192.168.3.21 Wi-Fi (WLAN)',
      '192.168.3.22 Wi-Fi (无线网络连接 2)',
      '192.168.3.20 Ethernet (以太网)',
      '198.18.0.1 VPN (Meta)',
      '192.168.23.1 VMware Network Adapter VMnet1',
    ]);
  });

  test('a private address comes before a public one, IPv4 before IPv6 of the same reach', () => {
    expect(ranked(machines.publicServer)).toEqual([
      '10.0.0.9 Ethernet (eth1)',
      '203.0.113.9 Ethernet (eth0)',
      '2001:db8::9 Ethernet (eth0)',
    ]);
  });

  test('a bridge that holds the machine’s only address is likely to be reached', () => {
    expect(rankAddresses(machines.hypervisor)).toEqual([
      { address: '192.168.10.2', family: 'IPv4', label: 'Bridge (vmbr0)', likely: true },
    ]);
  });

  test('tunnels, Docker and mobile broadband are marked as unlikely', () => {
    const unlikely = rankAddresses({
      ...machines.linuxLaptop,
      wwan0: [address('10.66.0.2')],
    }).filter(({ likely }) => !likely);
    expect(unlikely.map(({ label }) => label)).toEqual([
      'Mobile broadband (wwan0)',
      'VPN (tun0)',
      'Tailscale (tailscale0)',
      'Tailscale (tailscale0)',
      'Docker (docker0)',
      'Docker (br-5f2c9a0b1d3e)',
      'virtual network (virbr0)',
    ]);
  });

  test('a carrier’s shared address (RFC 6598) on a network card counts as a tunnel', () => {
    expect(ranked({ eth0: [address('100.64.1.2')], eth1: [address('203.0.113.9')] })).toEqual([
      '203.0.113.9 Ethernet (eth1)',
      '100.64.1.2 VPN or carrier network (eth0)',
    ]);
  });

  test.each([
    ['100.63.255.255', 'Ethernet (eth0)'],
    ['100.64.0.0', 'VPN or carrier network (eth0)'],
    ['100.127.255.255', 'VPN or carrier network (eth0)'],
    ['100.128.0.0', 'Ethernet (eth0)'],
    ['198.17.255.255', 'Ethernet (eth0)'],
    ['198.19.0.1', 'VPN or carrier network (eth0)'],
  ])('%s is on %s', (text, label) => {
    expect(ranked({ eth0: [address(text)] })).toEqual([`${text} ${label}`]);
  });

  test.each(['172.16.0.1', '172.31.255.254', '10.0.0.1', '192.168.0.1'])(
    '%s is private (RFC 1918) and goes first',
    (text) => {
      expect(ranked({ eth0: [address('203.0.113.1')], eth1: [address(text)] })[0]).toContain(text);
    },
  );

  test.each(['172.15.0.1', '172.32.0.1', '11.0.0.1', '192.169.0.1'])(
    '%s is not private',
    (text) => {
      const order = ranked({ eth0: [address(text)], eth1: [address('10.0.0.1')] });
      expect(order[0]).toContain('10.0.0.1');
    },
  );

  test('link-local IPv4 is offered only when there is nothing else', () => {
    expect(ranked({ eth0: [address('169.254.3.4'), address('fe80::1')] })).toEqual([
      '169.254.3.4 Ethernet (eth0)',
    ]);
    expect(ranked({ eth0: [address('169.254.3.4')], docker0: [address('172.17.0.1')] })).toEqual([
      '172.17.0.1 Docker (docker0)',
    ]);
  });

  test.each([
    ['link-local, which needs a zone', 'fe80::1'],
    ['site-local, deprecated', 'fec0::1'],
    ['Teredo', '2001:0:4136:e378::1'],
    ['6to4', '2002:c000:204::1'],
    ['multicast', 'ff02::1'],
    ['unspecified', '::'],
    ['IPv4 multicast', '224.0.0.251'],
    ['IPv4 unspecified', '0.0.0.0'],
    ['IPv4 translation on this machine', '192.0.0.4'],
    ['loopback on an interface that is not called internal', '127.0.0.2'],
  ])('never offers %s', (_what, text) => {
    expect(ranked({ eth0: [address(text)] })).toEqual([]);
  });

  test('takes one IPv6 address of a kind from an interface', () => {
    const temporary = ['2001:db8::1', '2001:db8::2', 'fd00::1', 'fd00::2'].map((text) =>
      address(text),
    );
    expect(ranked({ eth0: temporary })).toEqual([
      'fd00::1 Ethernet (eth0)',
      '2001:db8::1 Ethernet (eth0)',
    ]);
  });

  test('offers nothing on a machine with loopback alone, or with nothing', () => {
    expect(ranked({ lo: [address('127.0.0.1', { internal: true })] })).toEqual([]);
    expect(ranked({})).toEqual([]);
    expect(ranked({ eth0: undefined })).toEqual([]);
  });

  test('keeps the system’s order between equals', () => {
    expect(ranked({ eth1: [address('10.0.0.2')], eth0: [address('10.0.0.1')] })).toEqual([
      '10.0.0.2 Ethernet (eth1)',
      '10.0.0.1 Ethernet (eth0)',
    ]);
  });

  test('an unknown name is a label of its own, without control characters', () => {
    expect(ranked({ 'x\u001b[31m0': [address('10.0.0.1')] })).toEqual(['10.0.0.1 x[31m0']);
  });

  test('this very machine: whatever there is, nothing of it is loopback', () => {
    for (const entry of rankAddresses(networkInterfaces())) {
      expect(isLoopbackHost(entry.address)).toBe(false);
    }
  });

  test('any interfaces give a list of distinct addresses that never holds loopback', () => {
    const info = fc
      .tuple(fc.oneof(fc.ipV4(), fc.ipV6()), fc.boolean())
      .map(([text, internal]) => address(text, { internal }));
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.array(info)), (interfaces) => {
        const list = rankAddresses(interfaces).map((entry) => entry.address);
        expect(new Set(list).size).toBe(list.length);
        expect(list.filter(isLoopbackHost)).toEqual([]);
      }),
    );
  });
});

describe('hosts', () => {
  test.each([
    'localhost',
    'LOCALHOST',
    'pair.localhost',
    '127.0.0.1',
    '127.9.9.9',
    '::1',
    '[::1]',
    '::ffff:127.0.0.1',
  ])('%s is this machine to itself', (host) => expect(isLoopbackHost(host)).toBe(true));

  test.each(['192.168.1.1', 'localhost.example.org', 'fd00::1', '12.7.0.1'])(
    '%s is not loopback',
    (host) => expect(isLoopbackHost(host)).toBe(false),
  );

  test('0.0.0.0 and :: mean every interface', () => {
    expect(['0.0.0.0', '::', '127.0.0.1', 'localhost'].map(isWildcardHost)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  test('IPv6 stands in brackets in a URL (RFC 3986 §3.2.2)', () => {
    expect(['fd00::1', '10.0.0.1', 'pair.example'].map(formatHost)).toEqual([
      '[fd00::1]',
      '10.0.0.1',
      'pair.example',
    ]);
  });
});
