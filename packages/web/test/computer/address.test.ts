import { describe, expect, test } from 'vitest';
import { chooseAddresses, isLoopback, portOf } from '../../src/computer/address.ts';
import { EMPTY_CONFIG, type PageConfig } from '../../src/computer/page-config.ts';

const WIFI = { url: 'http://192.168.1.7:1818', label: 'Wi-Fi (wlan0)' };
const CABLE = { url: 'http://10.0.0.5:1818', label: 'Ethernet' };
const HOME = 'http://localhost:1818';

function config(change: Partial<PageConfig>): PageConfig {
  return { ...EMPTY_CONFIG, addresses: [WIFI, CABLE], ...change };
}

function urls(choice: ReturnType<typeof chooseAddresses>): string[] {
  return choice.addresses.map(({ url }) => url);
}

describe('the address for the phone', () => {
  test('is the server’s first when the page was opened on this machine itself', () => {
    const choice = chooseAddresses(config({}), HOME, undefined);
    expect(choice.preferred).toEqual(WIFI);
    expect(urls(choice)).toEqual([WIFI.url, CABLE.url]);
  });

  test('is the one that the page itself came from, unless that is loopback', () => {
    const choice = chooseAddresses(config({}), CABLE.url, undefined);
    expect(choice.preferred).toEqual(CABLE);
    expect(urls(choice)).toEqual([CABLE.url, WIFI.url]);
  });

  test('may be one that the server does not know of, such as a name', () => {
    const choice = chooseAddresses(config({}), 'http://studio.local:1818', undefined);
    expect(choice.preferred).toEqual({ url: 'http://studio.local:1818', label: '' });
  });

  test('is what the operator set, before everything else', () => {
    const publicUrl = 'https://pair.example';
    expect(chooseAddresses(config({ publicUrl }), CABLE.url, WIFI.url).preferred?.url).toBe(
      publicUrl,
    );
  });

  test('is the one that brought a phone the last time, if it still exists', () => {
    expect(chooseAddresses(config({}), HOME, CABLE.url).preferred).toEqual(CABLE);
    expect(chooseAddresses(config({}), HOME, 'http://172.16.0.9:1818').preferred).toEqual(WIFI);
    expect(chooseAddresses(config({}), HOME, 'nonsense').preferred).toEqual(WIFI);
  });

  test('is never one that means "this machine"', () => {
    const addresses = [
      { url: HOME, label: 'x' },
      { url: 'http://127.0.0.1:1818', label: 'y' },
    ];
    const choice = chooseAddresses(
      config({ addresses, publicUrl: 'http://[::1]:1818' }),
      HOME,
      HOME,
    );
    expect(choice).toEqual({ addresses: [], preferred: undefined });
  });

  test.each([
    'http://localhost',
    'http://LOCALHOST.:80',
    'http://app.localhost:8080',
    'http://127.0.0.1',
    'http://127.1',
    'http://2130706433',
    'http://0.0.0.0:1',
    'http://[::1]',
    'http://[::]',
    'http://[::ffff:127.0.0.1]',
  ])('%s means this machine', (url) => {
    expect(isLoopback(url)).toBe(true);
  });

  test.each([
    'http://192.168.1.7',
    'http://localhost.example',
    'http://128.0.0.1',
    'http://[fd00::1]',
  ])('%s may be reached by a phone', (url) => {
    expect(isLoopback(url)).toBe(false);
  });

  test('has a port that a firewall would have to let through', () => {
    expect(portOf('http://192.168.1.7:1818')).toBe('1818');
    expect(portOf('https://pair.example')).toBe('443');
    expect(portOf('http://pair.example')).toBe('80');
  });
});
