import { MAX_ENVELOPE_BYTES } from '@pairwire/pairing/rendezvous';
import { describe, expect, test } from 'vitest';

import { RELAY_DEFAULTS, resolveOptions, type RelayOptions } from '../../src/relay/options.ts';

describe('options of the relay', () => {
  test('are the defaults when none are given, and cannot be changed afterwards', () => {
    expect(resolveOptions({})).toEqual(RELAY_DEFAULTS);
    expect(resolveOptions({ publicUrl: undefined }).awayMs).toBe(660_000);
    expect(Object.isFrozen(resolveOptions({ awayMs: 1 }))).toBe(true);
    expect(Object.isFrozen(RELAY_DEFAULTS)).toBe(true);
  });

  test.each([
    [{ awayMS: 1 }, "unknown option 'awayMS'"],
    [{ awayMs: '1' }, 'awayMs must be a number, got string'],
    [{ hosts: 'a' }, 'hosts must be a list of strings'],
    [{ hosts: [1] }, 'hosts must be a list of strings'],
    [{ publicUrl: 1 }, 'publicUrl must be a string, got number'],
    [{ dangerouslyAllowAnyOrigin: 'no' }, 'dangerouslyAllowAnyOrigin must be a boolean'],
  ])('%j is refused with a TypeError', (options, message) => {
    expect(() => resolveOptions(options as RelayOptions)).toThrow(TypeError);
    expect(() => resolveOptions(options as RelayOptions)).toThrow(message);
  });

  test.each([
    { awayMs: 0 },
    { awayMs: -1 },
    { awayMs: 1.5 },
    { awayMs: Number.NaN },
    { awayMs: 2 ** 31 },
    { maxLinks: 0 },
    { byteBurst: MAX_ENVELOPE_BYTES - 1 },
    { maxQueuedBytes: 262_144 },
    { maxUnclaimedPerChannel: 9 },
  ])('%j is refused with a RangeError', (options) => {
    expect(() => resolveOptions(options)).toThrow(RangeError);
  });
});
