import type { Language } from '../../text/language.ts';
import type { LabMessages } from './lab-messages.en.ts';

export type { LabMessages } from './lab-messages.en.ts';

/** Only the language in use is loaded. @throws when the server is out of reach */
export async function loadLabMessages(language: Language): Promise<LabMessages> {
  return language === 'zh'
    ? (await import('./lab-messages.zh.ts')).labChinese
    : (await import('./lab-messages.en.ts')).labEnglish;
}
