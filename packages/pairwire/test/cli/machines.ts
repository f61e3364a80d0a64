/** `os.networkInterfaces()` of machines that people have, shortened to what the ranking looks at. */
import type { NetworkInterfaceInfo } from 'node:os';

type Interfaces = Record<string, NetworkInterfaceInfo[]>;

const LOOPBACK = [address('127.0.0.1', { internal: true }), address('::1', { internal: true })];

export function address(
  text: string,
  { mac = '3c:22:fb:01:02:03', internal = false }: { mac?: string; internal?: boolean } = {},
): NetworkInterfaceInfo {
  const rest = { address: text, netmask: '', mac, internal, cidr: null };
  return text.includes(':') ? { ...rest, family: 'IPv6', scopeid: 0 } : { ...rest, family: 'IPv4' };
}

export const linuxLaptop: Interfaces = {
  lo: LOOPBACK,
  docker0: [address('172.17.0.1')],
  'br-5f2c9a0b1d3e': [address('172.18.0.1')],
  veth1a2b3c4: [address('fe80::42')],
  virbr0: [address('192.168.122.1')],
  tun0: [address('10.8.0.6')],
  tailscale0: [address('100.101.102.103'), address('fd7a:115c:a1e0::1')],
  enp3s0: [address('10.20.30.40')],
  wlp2s0: [
    address('192.168.1.7'),
    address('fd12:3456:789a::7'),
    address('2001:db8:1::aaaa'),
    address('2001:db8:1::bbbb'),
    address('fe80::1'),
  ],
};

export const macLaptop: Interfaces = {
  lo0: LOOPBACK,
  bridge100: [address('192.168.64.1')],
  awdl0: [address('fe80::3')],
  utun3: [address('10.11.12.13')],
  utun4: [address('100.64.0.9')],
  en0: [address('192.168.0.23')],
  en7: [address('169.254.10.20')],
};

export const windowsDesktop: Interfaces = {
  'vEthernet (WSL (Hyper-V firewall))': [address('172.29.16.1', { mac: '00:15:5d:01:02:03' })],
  'vEthernet (Default Switch)': [address('172.20.0.1', { mac: '00:15:5d:0a:0b:0c' })],
  'Ethernet 3': [address('192.168.56.1', { mac: '0A:00:27:00:00:0D' })],
  'VMware Network Adapter VMnet8': [address('192.168.80.1', { mac: '00:50:56:c0:00:08' })],
  Tailscale: [address('100.90.80.70')],
  'OpenVPN Wintun': [address('10.9.0.2')],
  'Ethernet 2': [address('192.168.178.30')],
  'Wi-Fi': [address('192.168.178.31')],
  'Loopback Pseudo-Interface 1': LOOPBACK,
};

export const chineseWindows: Interfaces = {
  Meta: [address('198.18.0.1')],
  'VMware Network Adapter VMnet1': [address('192.168.23.1')],
  以太网: [address('192.168.3.20')],
  WLAN: [address('192.168.3.21')],
  '无线网络连接 2': [address('192.168.3.22')],
  'Loopback Pseudo-Interface 1': LOOPBACK,
};

export const publicServer: Interfaces = {
  lo: LOOPBACK,
  eth0: [address('203.0.113.9'), address('2001:db8::9')],
  eth1: [address('10.0.0.9')],
};

export const hypervisor: Interfaces = {
  lo: LOOPBACK,
  vmbr0: [address('192.168.10.2')],
  vnet3: [address('fe80::5')],
};
