/** What `up` says about its set-up, in English and Chinese. */
import type { Language } from '../simulator/language.ts';
import type { SwitchedOff } from './switched-off.ts';

export interface StartupPhrases {
  readonly thisComputer: string;
  readonly openIt: string;
  readonly phones: string;
  readonly gateway: string;
  readonly off: string;
  /** Between what is off and why. */
  readonly colon: string;
  /** Of an address, behind the interface that it belongs to. */
  lessLikely(label: string): string;
  /** What kind of interface an address belongs to; names of products stay as they are. */
  interfaceKind(what: string): string;
  describeOff(off: SwitchedOff): { readonly what: string; readonly why: string };
}

const ENGLISH: StartupPhrases = {
  thisComputer: 'This computer',
  openIt: 'open it: it shows the code to scan',
  phones: 'Phones',
  gateway: 'Phone gateway',
  off: 'Off',
  colon: ': ',
  lessLikely: (label) => `${label}, less likely`,
  interfaceKind: (what) => what,
  describeOff(off) {
    switch (off.code) {
      case 'pages-not-built':
        return { what: 'pages', why: 'not built yet; run `npm run build`' };
      case 'phones-loopback-only': {
        const why = `only this computer reaches ${off.host}; give --host or --public-url`;
        return { what: 'phones', why };
      }
      case 'phones-no-address': {
        const why = 'this machine has no address that a phone could reach; give --public-url';
        return { what: 'phones', why };
      }
      case 'phone-features-need-https':
        return {
          what: 'camera, clipboard and wake lock on phones',
          why: 'browsers allow them over https only; give --cert and --key',
        };
      case 'gateway-port-in-use':
      case 'gateway-port-forbidden':
      case 'gateway-no-such-address':
      case 'gateway-failed':
        return { what: 'phone gateway', why: off.message };
    }
  },
};

const CHINESE_KINDS: Readonly<Record<string, string>> = {
  Ethernet: '以太网',
  'Wi-Fi or Ethernet': 'Wi-Fi 或以太网',
  Bridge: '网桥',
  'Mobile broadband': '移动网络',
  'virtual network': '虚拟网络',
  'VPN or carrier network': 'VPN 或运营商网络',
};

const CHINESE: StartupPhrases = {
  thisComputer: '本机',
  openIt: '请打开：页面上有供扫描的二维码',
  phones: '手机',
  gateway: '手机网关',
  off: '未启用',
  colon: '：',
  lessLikely: (label) => `${label}，可能性较小`,
  interfaceKind: (what) => CHINESE_KINDS[what] ?? what,
  describeOff(off) {
    switch (off.code) {
      case 'pages-not-built':
        return { what: '页面', why: '尚未构建；请运行 `npm run build`' };
      case 'phones-loopback-only':
        return { what: '手机', why: `只有本机能访问 ${off.host}；请用 --host 或 --public-url` };
      case 'phones-no-address':
        return { what: '手机', why: '这台机器没有手机能访问的地址；请用 --public-url' };
      case 'phone-features-need-https':
        return {
          what: '手机上的相机、剪贴板和屏幕常亮',
          why: '浏览器只在 https 下允许；请用 --cert 和 --key',
        };
      case 'gateway-port-in-use': {
        const why = `UDP 端口 ${off.port} 已被占用；请用 --udp-port 换一个，0 表示任选空闲端口`;
        return { what: '手机网关', why };
      }
      case 'gateway-port-forbidden': {
        const why = `本用户无权使用 UDP 端口 ${off.port}；请用 --udp-port 选 1024 或更大的端口`;
        return { what: '手机网关', why };
      }
      case 'gateway-no-such-address':
        return { what: '手机网关', why: `这台机器没有地址 ${off.host}；请看 --host` };
      case 'gateway-failed':
        return { what: '手机网关', why: `无法使用 UDP 端口 ${off.port}：${off.message}` };
    }
  },
};

export function startupPhrasesIn(language: Language): StartupPhrases {
  return language === 'zh' ? CHINESE : ENGLISH;
}
