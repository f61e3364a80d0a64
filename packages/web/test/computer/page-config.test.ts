import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EMPTY_CONFIG, parsePageConfig } from '../../src/computer/page-config.ts';

describe('/config.json', () => {
  test('is taken as the server writes it', () => {
    const config = parsePageConfig({
      addresses: [{ url: 'http://192.168.1.7:1818', label: 'Wi-Fi (wlan0)' }],
      publicUrl: null,
      confirm: 'both',
      label: 'studio',
      gateway: 'coap://192.168.1.7:5683',
      lab: true,
      off: [
        { code: 'phone-features-need-https', what: 'camera', why: 'no https' },
        { what: 'of an older server', why: 'without a code' },
        { code: 'without words' },
      ],
    });
    expect(config).toEqual({
      addresses: [{ url: 'http://192.168.1.7:1818', label: 'Wi-Fi (wlan0)' }],
      publicUrl: undefined,
      confirm: 'both',
      label: 'studio',
      lab: true,
      off: [
        { code: 'phone-features-need-https', what: 'camera', why: 'no https' },
        { code: '', what: 'of an older server', why: 'without a code' },
      ],
    });
  });

  test('gives origins only: no path, no other scheme', () => {
    const config = parsePageConfig({
      publicUrl: 'https://pair.example/some/path?query#fragment',
      addresses: [
        { url: 'javascript:alert(1)', label: '' },
        { url: 'not an address' },
        { url: 5 },
        { url: 'HTTP://10.0.0.5:1818/' },
      ],
    });
    expect(config.publicUrl).toBe('https://pair.example');
    expect(config.addresses).toEqual([{ url: 'http://10.0.0.5:1818', label: '' }]);
  });

  test('is limited in number and length', () => {
    const many = Array.from({ length: 1000 }, (_, i) => ({ url: `http://10.0.0.1:${i + 1}` }));
    const config = parsePageConfig({ addresses: many, label: 'x'.repeat(100_000) });
    expect(config.addresses.length).toBeLessThanOrEqual(32);
    expect(config.label.length).toBeLessThanOrEqual(200);
  });

  test('falls back to number matching for a policy that this page does not know', () => {
    expect(parsePageConfig({ confirm: 'none' }).confirm).toBe('match');
  });

  test('never makes the page fail, whatever it holds', () => {
    expect(parsePageConfig(null)).toEqual(EMPTY_CONFIG);
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        const config = parsePageConfig(json);
        expect(config.addresses.every(({ url }) => new URL(url).origin === url)).toBe(true);
      }),
    );
  });
});
