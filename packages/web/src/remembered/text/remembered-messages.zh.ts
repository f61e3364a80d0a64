import type { RememberedMessages } from './remembered-messages.en.ts';

/** What is said of devices that remember each other, in Simplified Chinese. */
export const rememberedChinese: RememberedMessages = {
  chip: {
    off: '记住',
    asking: '已请求记住',
    asked: '请求互相记住',
    on: '已记住',
    lost: '不再记住',
  },
  remember: { phone: '记住这部手机', computer: '记住这台电脑' },
  meaning:
    '下次在手机上点一下就能连接，无需扫码，也不核对数字。任何拿着这部已解锁手机的人也都可以。',
  bothAgree: (peer) => `还需要 ${peer} 那边同意。`,
  asking: (peer) => `已发出请求，等 ${peer} 那边同意后生效。`,
  takeBack: '撤回',
  asked: (peer) => `${peer} 请求双方互相记住。`,
  notNow: '暂不',
  on: (peer) =>
    `${peer} 与本设备已互相记住。下次在两边打开 Pairwire，再在手机上点电脑的名字即可连接。`,
  lost: (peer) => `${peer} 与本设备不再互相记住。`,
  lostForGood: '要再次记住，需要用新码连接。',
  forgetThis: { phone: '忘记这部手机', computer: '忘记这台电脑' },

  phonesHeading: (count) => `已记住的手机（${count}）`,
  phonesLead: '本页等待时，它们无需扫码即可连接。',
  manyPhonesLead: '本页等待时，最近用过的几部无需扫码即可连接。',
  phonesAgain: '显示二维码后，已记住的手机即可再次连接。',
  computersHeading: '再次连接',
  computersLead: '点一台已打开 Pairwire 页面的电脑。',
  computersLabel: '已记住的电脑',
  lastMet: (when) => `上次连接：${when}`,
  rename: '改名',
  renameOf: (name) => `给 ${name} 改名`,
  newName: (name) => `${name} 在本设备上的名字`,
  nameHint: '留空则用它自己的名字。',
  save: '保存',
  forget: '忘记',
  forgetOf: (name) => `忘记 ${name}`,
  forgetQuestion: (name) => `忘记 ${name}？之后只能用新码连接。`,
  keep: '保留',
  anotherHeading: '连接另一台电脑',

  meetingHeading: (name) => `正在寻找 ${name}…`,
  meetingLead: '请在那台电脑上打开 Pairwire，并让它显示二维码。',
  absentTitle: (name) => `找不到 ${name}`,
  absentDetail:
    '它没有回应。请在那台电脑上打开 Pairwire 再试；如果它还停在上一次的连接里，请先在那里断开。如果它正显示着二维码，说明它已不记得这部手机：请扫码。',
};
