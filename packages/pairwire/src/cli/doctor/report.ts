/** A checkup in words, English or Chinese, or as JSON. */
import {
  FINDING_TEXTS_EN,
  FINDING_TEXTS_ZH,
  type Finding,
  type FindingTexts,
} from '@pairwire/websocket/protocol';

import type { Language } from '../../simulator/language.ts';
import type { Checkup, ProbeName, ProbeResult } from './checkup.ts';

interface Phrases {
  readonly findings: FindingTexts;
  readonly probes: Readonly<Record<ProbeName, string>>;
  readonly severities: Readonly<Record<Finding['severity'], string>>;
  readonly answered: (status: number) => string;
  readonly fine: string;
  readonly colon: string;
  readonly comma: string;
  readonly found: string;
  readonly expected: string;
  readonly conclude: (checkup: Checkup) => string;
}

const PHRASES: Readonly<Record<Language, Phrases>> = {
  en: {
    findings: FINDING_TEXTS_EN,
    probes: {
      handshake: 'opening handshake',
      subprotocol: 'with a subprotocol that it cannot know',
      compression: 'with permessage-deflate',
      version: 'with a version that does not exist',
      origin: 'from a page of another site',
      http2: 'over HTTP/2',
    },
    severities: { error: 'error', warning: 'warning', note: 'note' },
    answered: (status) => `answered ${status}`,
    fine: 'as it should be',
    colon: ': ',
    comma: ', ',
    found: 'found   ',
    expected: 'expected',
    conclude: ({ opens, healthy }) =>
      healthy
        ? 'Healthy: the connection opens.'
        : opens
          ? 'The connection opens; see the warnings.'
          : 'No connection comes of this.',
  },
  zh: {
    findings: FINDING_TEXTS_ZH,
    probes: {
      handshake: '打开握手',
      subprotocol: '带上它不可能认识的子协议',
      compression: '带上 permessage-deflate',
      version: '使用不存在的版本',
      origin: '来自其他网站的网页',
      http2: '通过 HTTP/2',
    },
    severities: { error: '错误', warning: '警告', note: '说明' },
    answered: (status) => `回应 ${status}`,
    fine: '正常',
    colon: '：',
    comma: '，',
    found: '实际',
    expected: '应为',
    conclude: ({ opens, healthy }) =>
      healthy ? '正常：连接可以打开。' : opens ? '连接可以打开；请看警告。' : '连接无法打开。',
  },
};

/** The address, a line for each probe with what it found below, and a last line that sums up. */
export function formatCheckup(checkup: Checkup, language: Language): string {
  const phrases = PHRASES[language];
  const probes = checkup.probes.map((result) => formatProbe(result, phrases));
  return [checkup.url, '', ...probes, '', phrases.conclude(checkup), ''].join('\n');
}

function formatProbe({ name, status, findings }: ProbeResult, phrases: Phrases): string {
  const isFine = findings.every(({ severity }) => severity === 'note');
  const said = [
    ...(status === undefined ? [] : [phrases.answered(status)]),
    ...(isFine ? [phrases.fine] : []),
  ].join(phrases.comma);
  const mark = isFine ? '✓' : '✗';
  return [
    `${mark} ${phrases.probes[name]}${said === '' ? '' : phrases.colon + said}`,
    ...findings.map((finding) => formatFinding(finding, phrases)),
  ].join('\n');
}

function formatFinding({ code, severity, section, found, expected }: Finding, phrases: Phrases) {
  const { what, advice } = phrases.findings[code];
  return [
    `    ${phrases.severities[severity]}${phrases.colon}${code} (${section})`,
    `      ${what}`,
    ...(found === undefined ? [] : [`      ${phrases.found}  ${found}`]),
    ...(expected === undefined ? [] : [`      ${phrases.expected}  ${expected}`]),
    `      → ${advice}`,
  ].join('\n');
}

/** The same for programs: codes are stable, words follow the language. */
export function formatCheckupAsJson(checkup: Checkup, language: Language): string {
  const { findings: texts } = PHRASES[language];
  const probes = checkup.probes.map((result) => ({
    ...result,
    findings: result.findings.map((finding) => ({ ...finding, ...texts[finding.code] })),
  }));
  return `${JSON.stringify({ ...checkup, probes }, undefined, 2)}\n`;
}
