import { RememberedDevices, type ConnectedState } from '@pairwire/pairing';
import { expect, test } from 'vitest';
import { shownName, withGivenName } from '../../src/remembered/shown-name.ts';

const times = { createdAtMs: 0, lastUsedAtMs: 0 };

test('a given name goes before the own one, and a device without any has a word', () => {
  const device = { id: '1', name: 'studio', ...times };
  expect(shownName({ ...device, givenName: 'desk' }, 'Computer')).toBe('desk');
  expect(shownName(device, 'Computer')).toBe('studio');
  expect(shownName({ ...device, name: '' }, 'Computer')).toBe('Computer');
});

test('a link to a device that was renamed here goes by that name', () => {
  let kept: string | undefined;
  const store = {
    load: () => kept,
    save: (text: string) => void (kept = text),
    clear: () => void (kept = undefined),
  };
  const devices = new RememberedDevices(store, () => 0);
  devices.add(new Uint8Array(32), { side: 'phone', name: 'studio', textBytes: 65_472 });
  const id = devices.list('phone')[0]?.id ?? '';
  const connected: ConnectedState = {
    phase: 'connected',
    peerName: 'studio',
    peerSecure: true,
    peerTakesSecrets: true,
    remember: 'on',
    rememberedId: id,
    presence: 'here',
    online: true,
    unsent: 0,
  };
  expect(withGivenName(connected, devices, 'phone')).toBe(connected);
  devices.rename(id, 'phone', 'desk');
  expect(withGivenName(connected, devices, 'phone').peerName).toBe('desk');
  expect(withGivenName(connected, devices, 'page').peerName).toBe('studio');
  expect(withGivenName(connected, undefined, 'phone').peerName).toBe('studio');
  const waiting = { phase: 'connecting' };
  expect(withGivenName(waiting, devices, 'phone')).toBe(waiting);
});
