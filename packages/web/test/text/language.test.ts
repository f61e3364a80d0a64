import { describe, expect, test } from 'vitest';
import { browserSettings, type KeptSettings } from '../../src/kept-settings.ts';
import { initialLanguage, keepLanguage, matchLanguage } from '../../src/text/language.ts';

function memorySettings(): KeptSettings {
  const values = new Map<string, string>();
  return { get: (name) => values.get(name), set: (name, value) => void values.set(name, value) };
}

describe('the language of a page', () => {
  test('is the first of the browser’s languages that the pages speak', () => {
    expect(matchLanguage(['de-DE', 'zh-TW', 'en'])).toBe('zh');
    expect(matchLanguage(['EN-gb', 'zh-CN'])).toBe('en');
    expect(matchLanguage(['zh-Hans-CN'])).toBe('zh');
  });

  test('is English when the browser asks for none that they speak', () => {
    expect(matchLanguage(['de', 'fr-CH'])).toBe('en');
    expect(matchLanguage([])).toBe('en');
    expect(matchLanguage(['zha'])).toBe('en');
  });

  test('is the one chosen on the page before, whatever the browser asks for', () => {
    const settings = memorySettings();
    keepLanguage(settings, 'zh');
    expect(initialLanguage(settings, ['en'])).toBe('zh');
  });

  test('comes from the browser when what was kept is not a language', () => {
    const settings = memorySettings();
    settings.set('language', '__proto__');
    expect(initialLanguage(settings, ['zh'])).toBe('zh');
  });
});

describe('kept settings', () => {
  test('are forgotten, and nothing else happens, where the browser blocks storage', () => {
    const settings = browserSettings(() => {
      throw new DOMException('denied', 'SecurityError');
    });
    expect(() => settings.set('language', 'zh')).not.toThrow();
    expect(settings.get('language')).toBeUndefined();
  });
});
