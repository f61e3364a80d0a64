import type { KeptSettings } from '../kept-settings.ts';
import type { Messages } from './messages.en.ts';

export const LANGUAGES = ['en', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];

/** One language as it is shown. */
export interface Words {
  readonly language: Language;
  /** For `lang` attributes and for times (BCP 47). */
  readonly locale: string;
  readonly texts: Messages;
}

export const LOCALES: Record<Language, string> = { en: 'en', zh: 'zh-CN' };

/** In the language itself: whoever looks for it cannot read the other one. */
export const SWITCH_LABELS: Record<Language, { name: string; action: string }> = {
  en: { name: 'English', action: 'Switch to English' },
  zh: { name: '中文', action: '切换到中文' },
};

/** Only the language in use is loaded. @throws when the server is out of reach */
export async function loadWords(language: Language): Promise<Words> {
  const texts =
    language === 'zh'
      ? (await import('./messages.zh.ts')).zh
      : (await import('./messages.en.ts')).en;
  return { language, locale: LOCALES[language], texts };
}

const KEY = 'language';

/** The first of the person's languages that the pages speak; English when there is none. */
export function matchLanguage(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    const primary = tag.toLowerCase().split('-')[0];
    const match = LANGUAGES.find((language) => language === primary);
    if (match !== undefined) return match;
  }
  return 'en';
}

/** What the person chose on these pages before, else what the browser asks for. */
export function initialLanguage(settings: KeptSettings, preferred: readonly string[]): Language {
  const kept = settings.get(KEY);
  return LANGUAGES.find((language) => language === kept) ?? matchLanguage(preferred);
}

export function loadInitialWords(
  settings: KeptSettings,
  preferred: readonly string[],
): Promise<Words> {
  return loadWords(initialLanguage(settings, preferred));
}

export function keepLanguage(settings: KeptSettings, language: Language): void {
  settings.set(KEY, language);
}
