import type { OffMessages } from './off-messages.en.ts';

/** What the server says is off, in Simplified Chinese. */
export const offChinese: OffMessages = {
  'phones-loopback-only': {
    what: '手机',
    why: '只有这台电脑能访问服务器。请用 --host 或 --public-url 启动 Pairwire。',
  },
  'phones-no-address': {
    what: '手机',
    why: '这台电脑没有手机能访问的地址。请用 --public-url 启动 Pairwire。',
  },
  'phone-features-need-https': {
    what: '手机上的相机、剪贴板和屏幕常亮',
    why: '浏览器只在 https 下允许。请用 --cert 和 --key 启动 Pairwire。',
  },
  'gateway-port-in-use': {
    what: '没有浏览器的手机',
    why: '手机网关的 UDP 端口已被占用。请用 --udp-port 换一个。',
  },
  'gateway-port-forbidden': {
    what: '没有浏览器的手机',
    why: '手机网关无权使用它的 UDP 端口。请用 --udp-port 选 1024 或更大的端口。',
  },
  'gateway-no-such-address': {
    what: '没有浏览器的手机',
    why: '手机网关无法使用它的地址。请检查 --host。',
  },
  'gateway-failed': {
    what: '没有浏览器的手机',
    why: '手机网关未能启动，原因见终端。',
  },
};
