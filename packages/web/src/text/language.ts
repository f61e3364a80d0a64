import type { KeptSettings } from '../kept-settings.ts';
import { en, type Messages } from './messages.en.ts';
import { zh } from './messages.zh.ts';

export const LANGUAGES = ['en', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];

export const MESSAGES: Record<Language, Messages> = { en, zh };

/** For `lang` attributes and for times and numbers (BCP 47). */
export const LOCALES: Record<Language, string> = { en: 'en', zh: 'zh-CN' };

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

export function keepLanguage(settings: KeptSettings, language: Language): void {
  settings.set(KEY, language);
}
