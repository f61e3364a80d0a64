/** What a network interface is, told from its name and hardware address: a guess, for ranking and labels. */

export type InterfaceKind =
  'wi-fi' | 'ethernet' | 'mobile' | 'bridge' | 'unknown' | 'vpn' | 'virtual';

interface NameRule {
  readonly kind: InterfaceKind;
  readonly what: string;
  readonly name: RegExp;
}

/**
 * The first rule that matches decides: "vEthernet (WSL)" is not Ethernet, and "Tailscale" is more
 * telling than "VPN". Names as Linux (systemd and old), macOS and Windows (English, Chinese) give them.
 */
const NAME_RULES: readonly NameRule[] = [
  { kind: 'vpn', what: 'Tailscale', name: /^tailscale/i },
  { kind: 'vpn', what: 'ZeroTier', name: /^(zt[a-z0-9]{8}|feth\d|zerotier)/i },
  { kind: 'vpn', what: 'WireGuard', name: /^(wg\d|wg-|wireguard|nordlynx)/i },
  {
    kind: 'vpn',
    what: 'VPN',
    name: /^(u?tun|tap|ppp|ipsec|gpd|cscotun|clat|nebula|meta$|clash|mihomo)|vpn|anyconnect|wintun|tap-windows|mullvad|warp/i,
  },
  { kind: 'virtual', what: 'WSL', name: /\bwsl\b/i },
  { kind: 'virtual', what: 'Hyper-V', name: /^vethernet|hyper-v|default switch/i },
  {
    kind: 'virtual',
    what: 'Docker',
    name: /^(docker|br-[0-9a-f]{12}$|veth|podman|cni|flannel|cali|cilium|kube)/i,
  },
  { kind: 'virtual', what: 'VirtualBox', name: /^(vboxnet|virtualbox)/i },
  { kind: 'virtual', what: 'VMware', name: /^(vmnet|vmware)/i },
  {
    kind: 'virtual',
    what: 'virtual network',
    name: /^(br-|virbr|lxcbr|lxdbr|lxc|incusbr|vnet|vmenet|bridge\d|awdl|llw|anpi|gif|stf|dummy|ifb|waydroid|loopback)/i,
  },
  { kind: 'mobile', what: 'Mobile broadband', name: /^(ww|rmnet|cellular|mobile)/i },
  { kind: 'wi-fi', what: 'Wi-Fi', name: /^(wl|wi-?fi|ath\d|ra\d)|wireless|无线|無線/i },
  { kind: 'bridge', what: 'Bridge', name: /^(br|vmbr)\d/i },
  // On a Mac, en0 is the Wi-Fi of a laptop and the cable of a desktop: claim neither.
  { kind: 'ethernet', what: 'Wi-Fi or Ethernet', name: /^en\d+$/i },
  {
    kind: 'ethernet',
    what: 'Ethernet',
    name: /^(eth|en[opsx]|em\d|p\d+p\d|bond|team|usb|ethernet|local area connection|lan\b)|以太网|本地连接|乙太網路/i,
  },
];

/** Hardware addresses of virtual machine programs' own adapters on the host, whatever their name. */
const HOST_ADAPTERS: readonly { readonly prefix: string; readonly what: string }[] = [
  { prefix: '0a:00:27', what: 'VirtualBox' },
  { prefix: '00:50:56:c0', what: 'VMware' },
];

/**
 * @param hasSharedAddress - the address is one that carriers and tunnels use (RFC 6598): a VPN
 *   unless the name says otherwise, also where the system names all tunnels alike.
 * @param translate - takes the English word for a kind of interface
 */
export function classifyInterface(
  name: string,
  mac: string,
  hasSharedAddress: boolean,
  translate: (what: string) => string,
): { kind: InterfaceKind; label: string } {
  const label = (what: string) => formatLabel(translate(what), name);
  const adapter = HOST_ADAPTERS.find(({ prefix }) => mac.toLowerCase().startsWith(prefix));
  if (adapter) return { kind: 'virtual', label: label(adapter.what) };
  const rule = NAME_RULES.find((candidate) => candidate.name.test(name));
  if (hasSharedAddress && rule?.kind !== 'vpn' && rule?.kind !== 'virtual') {
    return { kind: 'vpn', label: label('VPN or carrier network') };
  }
  if (!rule) return { kind: 'unknown', label: cleanName(name) };
  return { kind: rule.kind, label: label(rule.what) };
}

/** "Wi-Fi (wlan0)", but "Wi-Fi 2" alone where the name already says it. */
function formatLabel(what: string, name: string): string {
  const clean = cleanName(name);
  const saysItself = `${clean} `.toLowerCase().startsWith(`${what} `.toLowerCase());
  return saysItself ? clean : `${what} (${clean})`;
}

/** An interface name is the system's or an administrator's text; it goes to a terminal. */
function cleanName(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}]/gu, '').slice(0, 64);
}
