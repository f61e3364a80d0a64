/** What the terminals say to a person, in English and Chinese. */
import type { Ending } from '@pairwire/pairing';

import type { Language } from './language.ts';

export interface Phrases {
  wrongGuid: string;
  connecting(destination: string): string;
  /** By the close code of a pipe that never opened. */
  noPhoneServer(destination: string): string;
  noRelay(destination: string): string;
  relayAbsent: string;
  full: string;
  noPhoneServerThere(destination: string): string;
  number(number: number, label: string): string;
  chooseLook(choices: readonly number[], label: string): string;
  choose(choices: readonly number[], name: string): string;
  look(number: number): string;
  typeNumber(name: string): string;
  notANumber: string;
  noAnswer: string;
  waiting: string;
  opened: string;
  claimed: string;
  paused: string;
  pressEnter: string;
  connected(name: string): string;
  offline: string;
  online: string;
  asleep(name: string): string;
  typing(name: string, text: string): string;
  tooLong: string;
  undelivered(count: number): string;
  ended: Readonly<Record<Ending, string>>;
}

const ENGLISH: Phrases = {
  wrongGuid: 'this is neither a GUID nor a link with one: copy what the page shows',
  connecting: (destination) => `connecting to ${destination} …`,
  noPhoneServer: (destination) =>
    `no phone server answers at ${destination}: is it running, and is the address right?`,
  noRelay: (destination) =>
    `no relay answers at ${destination}: is it running, and is the address right?`,
  relayAbsent: 'the phone server answers, but cannot reach its relay',
  full: 'the phone server takes no more phones now: try again in a minute',
  noPhoneServerThere: (destination) =>
    `something answers at ${destination}, but it is no phone server of this version`,
  number: (number, label) => `the number is ${number}: choose it on ${label}`,
  chooseLook: (choices, label) => `which number does ${label} show? ${choices.join(', ')}, or none`,
  choose: (choices, name) => `which number does ${name} show? ${choices.join(', ')}, or none`,
  look: (number) => `the number is ${number}: choose it on the phone`,
  typeNumber: (name) => `type the number that ${name} shows, or none`,
  notANumber: 'one of the numbers, please, or none',
  noAnswer: 'the input ended before the number was chosen',
  waiting: 'scan the code, or type the GUID on the phone',
  opened: 'a phone has opened the link',
  claimed: 'a phone is connecting …',
  paused: 'ten codes were shown and nobody came',
  pressEnter: 'press Enter for a new code',
  connected: (name) => `connected to ${name}`,
  offline: 'the connection broke; trying again …',
  online: 'connected again',
  asleep: (name) => `${name} is asleep; what you send will wait`,
  typing: (name, text) => `${name}: ${text}`,
  tooLong: 'this message is too long and was not sent',
  undelivered: (count) => `${count} ${count === 1 ? 'message was' : 'messages were'} not delivered`,
  ended: {
    happy: 'disconnected',
    replaced: 'the link goes on in another place',
    lost: 'what was kept of the link no longer fits it',
    lonely: 'the other side has been away for too long',
    rejected: 'the other side has refused',
    crowded: 'this code was already used by another device: ask for a new one',
    scary: 'the numbers did not match: ask for a new code',
    expired: 'this code has expired: ask for a new one',
    errory: 'the two sides do not understand each other',
    'bad-request': 'the relay does not understand this program',
    'unknown-link': 'no page shows this code any more: ask for a new one',
    'wrong-token': 'the relay does not know this device any more',
    'too-many': 'too many tries: wait a minute',
    'too-large': 'the relay refused what was too large',
    version: 'the other side speaks another version',
    offline: 'nobody could be reached',
  },
};

const CHINESE: Phrases = {
  wrongGuid: '这既不是 GUID，也不是带 GUID 的链接：请复制页面上显示的内容',
  connecting: (destination) => `正在连接 ${destination} …`,
  noPhoneServer: (destination) => `${destination} 没有手机服务器应答：它启动了吗？地址对吗？`,
  noRelay: (destination) => `${destination} 没有中继应答：它启动了吗？地址对吗？`,
  relayAbsent: '手机服务器有应答，但它连不上中继',
  full: '手机服务器现在不接受更多手机：请一分钟后再试',
  noPhoneServerThere: (destination) => `${destination} 有应答，但不是这个版本的手机服务器`,
  number: (number, label) => `数字是 ${number}：请在 ${label} 上选择它`,
  chooseLook: (choices, label) =>
    `${label} 上显示的是哪个数字？${choices.join('、')}，或 none（都不是）`,
  choose: (choices, name) => `${name} 上显示的是哪个数字？${choices.join('、')}，或 none（都不是）`,
  look: (number) => `数字是 ${number}：请在手机上选择它`,
  typeNumber: (name) => `请输入 ${name} 上显示的数字，或 none（没有）`,
  notANumber: '请输入其中一个数字，或 none',
  noAnswer: '还没有选择数字，输入就结束了',
  waiting: '请扫描二维码，或在手机上输入 GUID',
  opened: '有手机打开了链接',
  claimed: '有手机正在连接 …',
  paused: '已显示十个二维码，无人连接',
  pressEnter: '按回车键显示新的二维码',
  connected: (name) => `已连接 ${name}`,
  offline: '连接断开，正在重试 …',
  online: '已重新连接',
  asleep: (name) => `${name} 休眠中，您发送的内容会等待它`,
  typing: (name, text) => `${name}：${text}`,
  tooLong: '这条消息太长，没有发送',
  undelivered: (count) => `${count} 条消息没有送达`,
  ended: {
    happy: '已断开',
    replaced: '这个连接已在另一处继续',
    lost: '保存的状态与连接不再相符',
    lonely: '对方离开太久',
    rejected: '对方拒绝了',
    crowded: '这个码已被另一台设备使用：请换一个新码',
    scary: '数字不一致：请换一个新码',
    expired: '这个码已过期：请换一个新码',
    errory: '双方无法互相理解',
    'bad-request': '中继不理解本程序',
    'unknown-link': '已没有页面显示这个码：请换一个新码',
    'wrong-token': '中继不再认识本设备',
    'too-many': '尝试太多：请等一分钟',
    'too-large': '内容太大，被中继拒绝',
    version: '对方是另一个版本',
    offline: '无法连接到任何一方',
  },
};

export function phrasesIn(language: Language): Phrases {
  return language === 'zh' ? CHINESE : ENGLISH;
}
