import { END_REASONS, REFUSALS } from '@pairwire/pairing';
import { describe, expect, test } from 'vitest';
import { offEnglish } from '../../src/computer/text/off-messages.en.ts';
import { offChinese } from '../../src/computer/text/off-messages.zh.ts';
import { labEnglish } from '../../src/lab/text/lab-messages.en.ts';
import { labChinese } from '../../src/lab/text/lab-messages.zh.ts';
import { rememberedEnglish } from '../../src/remembered/text/remembered-messages.en.ts';
import { rememberedChinese } from '../../src/remembered/text/remembered-messages.zh.ts';
import { en } from '../../src/text/messages.en.ts';
import { zh } from '../../src/text/messages.zh.ts';
import { reasonText } from '../../src/text/reason.ts';
import { phoneReasonsEnglish, reasonsEnglish } from '../../src/text/reasons.en.ts';
import { phoneReasonsChinese, reasonsChinese } from '../../src/text/reasons.zh.ts';

interface Word {
  /** `reasons.happy.title` */
  path: string;
  /** Whether it is put together from what it is given. */
  takes: boolean;
  /** As shown, given 7 for everything. */
  text: string;
}

function allWords(messages: object, prefix = ''): Word[] {
  return Object.entries(messages).flatMap(([key, value]): Word[] => {
    const path = prefix + key;
    if (typeof value === 'object') return allWords(value, `${path}.`);
    const takes = typeof value === 'function';
    return [{ path, takes, text: takes ? String(value(7, '7')) : value }];
  });
}

const pages = [
  {
    of: 'the pages',
    english: allWords(en),
    chinese: allWords(zh),
    names: ['connectedTitle', 'unreadTitle', 'deviceIphone', 'deviceIpad'],
  },
  {
    of: 'remembered devices',
    english: allWords(rememberedEnglish),
    chinese: allWords(rememberedChinese),
    names: [],
  },
  {
    of: 'how a link ends',
    english: allWords({ all: reasonsEnglish, phone: phoneReasonsEnglish }),
    chinese: allWords({ all: reasonsChinese, phone: phoneReasonsChinese }),
    names: [],
  },
  {
    of: 'what is off',
    english: allWords(offEnglish),
    chinese: allWords(offChinese),
    names: [],
  },
  { of: 'the lab', english: allWords(labEnglish), chinese: allWords(labChinese), names: [] },
];

describe.each(pages)('the words of $of', ({ english, chinese, names }) => {
  test('are the same in both languages, key by key and in kind', () => {
    const kinds = (words: Word[]) => words.map(({ path, takes }) => `${path} ${takes}`).sort();
    expect(kinds(chinese)).toEqual(kinds(english));
  });

  test('are nowhere empty', () => {
    expect([...english, ...chinese].filter(({ text }) => text.trim() === '')).toEqual([]);
  });

  test('take up what they are given', () => {
    const deaf = [...english, ...chinese].filter(({ takes, text }) => takes && !text.includes('7'));
    expect(deaf).toEqual([]);
  });

  test('are Chinese in the Chinese, save for names, and never in the English', () => {
    const isChinese = ({ text }: Word) => /\p{Script=Han}/u.test(text);
    expect(english.filter(isChinese)).toEqual([]);
    const others = chinese.filter((word) => !isChinese(word)).map(({ path }) => path);
    expect(others).toEqual(names);
  });
});

describe('the words of the pages', () => {
  test('explain every way in which a link can end, on both ends', () => {
    for (const ending of [...END_REASONS, ...REFUSALS, 'offline'] as const) {
      for (const end of ['computer', 'phone'] as const) {
        expect(reasonText('zh-CN', end, ending).title, ending).not.toBe('');
        expect(reasonText('en', end, ending).detail, ending).not.toBe('');
      }
    }
  });

  test('speak of the phone’s own case where it differs', () => {
    expect(reasonText('en', 'phone', 'crowded').title).toContain('another device');
    expect(reasonText('en', 'computer', 'crowded').title).toContain('Two devices');
    expect(reasonText('en', 'phone', 'happy')).toBe(reasonText('en', 'computer', 'happy'));
  });
});
