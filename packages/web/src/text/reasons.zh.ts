import type { Ending } from '@pairwire/pairing';
import type { ReasonText } from './reasons.en.ts';

export const reasonsChinese: Record<Ending, ReasonText> = {
  happy: { title: '已断开', detail: '连接已关闭，途中不保留任何内容。' },
  lonely: { title: '对方一直没有回来', detail: '对方离线超过十分钟，连接已关闭。' },
  rejected: { title: '没有连接', detail: '其中一台设备没有接受连接，什么都没有发送。' },
  crowded: {
    title: '有两台设备使用了这个码',
    detail: '连接已立即关闭，以免陌生人加入。请显示新的二维码。',
  },
  scary: {
    title: '数字不一致',
    detail: '可能有别人打开了这个码。连接已销毁，什么都没有发送。请用新码重试。',
  },
  expired: { title: '二维码已过期', detail: '二维码的有效期特意设得很短。请显示新的再扫。' },
  errory: {
    title: '两台设备未能达成一致',
    detail: '有内容在途中损坏或被改动。请用新码重试。',
  },
  'bad-request': {
    title: '页面与服务器无法互通',
    detail: '请刷新页面。若仍不行，服务器可能是别的版本。',
  },
  'unknown-link': {
    title: '没有这个码',
    detail: '它可能已被使用，或服务器重启过。请显示新的二维码再扫。',
  },
  'wrong-token': {
    title: '这个位置已被接替',
    detail: '连接已在另一个窗口继续。请关闭其中一个，或重新开始。',
  },
  'too-many': { title: '尝试次数过多', detail: '服务器要求稍等。请一分钟后再试。' },
  'too-large': {
    title: '一次发送太多',
    detail: '服务器因大小拒绝了文字。请用短一些的重新开始。',
  },
  version: { title: '页面版本过旧', detail: '服务器使用另一个版本。请刷新页面。' },
  replaced: {
    title: '已在另一个窗口继续',
    detail: '这个连接在最后打开的地方继续。请关闭这个窗口，或重新开始。',
  },
  lost: {
    title: '无法恢复这个连接',
    detail: '此页面保存的内容已经过时。请显示新的二维码并重新扫描。',
  },
  offline: {
    title: '连不到服务器',
    detail: '请确认 Pairwire 仍在运行，且本设备在同一网络中。',
  },
};

/** As in English: where the person with the phone has to do something else. */
export const phoneReasonsChinese: Partial<Record<Ending, ReasonText>> = {
  crowded: {
    title: '这个码已被另一台设备使用',
    detail: '为安全起见它已失效。请让电脑显示新的二维码再扫。',
  },
  expired: { title: '二维码已过期', detail: '电脑上已有新的二维码。请扫描它，或在下面输入。' },
  scary: {
    title: '数字不一致',
    detail: '电脑结束了连接，什么都没有发送。请扫描新的二维码重试。',
  },
  'unknown-link': {
    title: '这里没有这个码',
    detail: '它可能已过期或被使用。请扫描电脑屏幕上现在的二维码。',
  },
};
