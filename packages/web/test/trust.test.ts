import { describe, expect, test } from 'vitest';
import { assessTrust } from '../src/trust.ts';

describe('the trust label', () => {
  test('says "private" only when both pages are known to have come protected', () => {
    const facts = { sealed: true, own: 'protected', peer: 'protected' } as const;
    expect(assessTrust(facts)).toEqual({ level: 'private', weaknesses: [] });
    expect(assessTrust({ ...facts, linkIsPlain: false }).level).toBe('private');
  });

  test('claims no more than "private from listeners" once anything came over http', () => {
    const plain = assessTrust({ sealed: true, own: 'plain', peer: 'plain' });
    expect(plain).toEqual({
      level: 'private-from-listeners',
      weaknesses: ['own-plain', 'peer-plain'],
    });
  });

  test('does not trust the other end’s word against the address in the code', () => {
    const trust = assessTrust({
      sealed: true,
      own: 'protected',
      peer: 'protected',
      linkIsPlain: true,
    });
    expect(trust).toEqual({ level: 'private-from-listeners', weaknesses: ['link-plain'] });
  });

  test('takes not knowing for the worse', () => {
    const trust = assessTrust({ sealed: true, own: 'protected', peer: 'unknown' });
    expect(trust).toEqual({ level: 'private-from-listeners', weaknesses: ['peer-unknown'] });
  });

  test('says "not private" whenever text is not sealed', () => {
    expect(assessTrust({ sealed: false, own: 'protected', peer: 'protected' }).level).toBe(
      'not-private',
    );
  });
});
