import { describe, expect, test } from 'vitest';
import {
  PAGE_DEFAULTS,
  PHONE_DEFAULTS,
  resolvePageOptions,
  resolvePhoneOptions,
  type PageOptions,
  type PhoneOptions,
} from '../src/options.ts';
import { FakeClock, fakeEnvironment } from './fake-environment.ts';

const common = {
  openPipe: () => ({ send: () => true, close: () => {} }),
  environment: fakeEnvironment(new FakeClock(), 1),
  events: {},
};
const page: PageOptions = { ...common, label: 'desk' };
const phone: PhoneOptions = {
  ...common,
  guid: '{00112233-4455-4677-8899-AABBCCDDEEFF}',
  name: 'pocket',
};

test('what is not given has its default', () => {
  expect(resolvePageOptions(page)).toMatchObject(PAGE_DEFAULTS);
  expect(resolvePhoneOptions(phone)).toMatchObject(PHONE_DEFAULTS);
  const given = { ...page, confirm: undefined } as unknown as PageOptions;
  expect(resolvePageOptions(given).confirm).toBe('match');
});

test('the GUID is taken in any form, names are made fit to be shown', () => {
  const resolved = resolvePhoneOptions({ ...phone, name: ' a\u202Eb ' });
  expect(resolved.guid).toBe('00112233-4455-4677-8899-aabbccddeeff');
  expect(resolved.name).toBe('a b');
  expect(resolvePageOptions({ ...page, label: 'x'.repeat(100) }).label).toHaveLength(64);
});

describe('misuse is refused by name', () => {
  test.each<[string, Record<string, unknown>]>([
    ['colour', { colour: 'red' }],
    ['resume.save', { resume: { load: () => undefined, clear: () => {} } }],
    ['openPipe', { openPipe: 'ws://' }],
    ['environment.nowMs', { environment: { ...common.environment, nowMs: 0 } }],
    ['environment.randomBytes', { environment: null }],
    ['events', { events: null }],
    ['label', { label: 7 }],
    ['confirm', { confirm: 'trust' }],
    ['codeLifeMs', { codeLifeMs: 0 }],
    ['maxRotations', { maxRotations: Number.NaN }],
    ['liveIntervalMs', { liveIntervalMs: -1 }],
    ['secure', { secure: 'yes' }],
  ])('page: %s', (name, wrong) => {
    expect(() => resolvePageOptions({ ...page, ...wrong })).toThrow(name);
  });

  test.each<[string, Record<string, unknown>]>([
    ['label', { label: 'a page’s option' }],
    ['guid', { guid: 'no such thing' }],
    ['guid', { guid: 7 }],
    ['name', { name: undefined }],
    ['connectTimeoutMs', { connectTimeoutMs: 1e9 }],
    ['secure', { secure: 1 }],
  ])('phone: %s', (name, wrong) => {
    expect(() => resolvePhoneOptions({ ...phone, ...wrong })).toThrow(name);
  });

  test('a mistyped GUID is not repeated in the error', () => {
    expect(() => resolvePhoneOptions({ ...phone, guid: 'almost-a-secret' })).not.toThrow(/almost/);
  });
});
