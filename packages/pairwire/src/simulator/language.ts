/** In which language this program speaks to the person at the terminal. */
export type Language = 'en' | 'zh';

/** The first of these that is set decides, as POSIX has it. */
export function chooseLanguage(variables: Readonly<Record<string, string | undefined>>): Language {
  const locale = variables['LC_ALL'] || variables['LC_MESSAGES'] || variables['LANG'] || '';
  return locale.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}
