import { describe, expect, test } from 'vitest';
import { assessTrust, peerDelivery } from '../src/trust.ts';

describe('the trust label', () => {
  test('says "private" only when both pages are known to have come protected', () => {
    const facts = { sealed: true, own: 'protected', peer: 'protected' } as const;
    const trust = { level: 'private', weaknesses: [], restsOnWord: false };
    expect(assessTrust(facts)).toEqual(trust);
    expect(assessTrust({ ...facts, linkIsPlain: false })).toEqual(trust);
  });

  test('claims no more than "private from listeners" once anything came over http', () => {
    const plain = assessTrust({ sealed: true, own: 'plain', peer: 'plain' });
    expect(plain).toMatchObject({
      level: 'private-from-listeners',
      weaknesses: ['own-plain', 'peer-plain'],
    });
    for (const half of [
      { own: 'plain', peer: 'protected' },
      { own: 'protected', peer: 'plain' },
    ] as const) {
      expect(assessTrust({ sealed: true, ...half }).level).toBe('private-from-listeners');
    }
  });

  test('says so where the other end’s word stands against the address in the code', () => {
    const facts = { sealed: true, own: 'protected', linkIsPlain: true } as const;
    expect(assessTrust({ ...facts, peer: 'protected' })).toEqual({
      level: 'private',
      weaknesses: [],
      restsOnWord: true,
    });
    for (const peer of ['plain', 'unknown'] as const) {
      expect(assessTrust({ ...facts, peer })).toEqual({
        level: 'private-from-listeners',
        weaknesses: ['link-plain'],
        restsOnWord: false,
      });
    }
  });

  test('takes not knowing for the worse', () => {
    const trust = assessTrust({ sealed: true, own: 'protected', peer: 'unknown' });
    expect(trust).toMatchObject({
      level: 'private-from-listeners',
      weaknesses: ['peer-unknown'],
    });
  });

  test('says "not private" whenever text is not sealed', () => {
    expect(assessTrust({ sealed: false, own: 'protected', peer: 'protected' }).level).toBe(
      'not-private',
    );
  });
});

test('nobody knows how the other end came before it is connected; then its own word counts', () => {
  const connected = {
    phase: 'connected',
    peerName: 'iPhone',
    peerTakesSecrets: false,
    presence: 'here',
    online: true,
    unsent: 0,
  } as const;
  expect(peerDelivery({ phase: 'connecting' })).toBe('unknown');
  expect(peerDelivery({ phase: 'claimed', confirm: 'match', choices: [] })).toBe('unknown');
  expect(peerDelivery({ phase: 'ended', reason: 'happy' })).toBe('unknown');
  expect(peerDelivery({ ...connected, peerSecure: false })).toBe('plain');
  expect(peerDelivery({ ...connected, peerSecure: true })).toBe('protected');
});
