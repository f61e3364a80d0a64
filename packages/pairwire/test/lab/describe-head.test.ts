import { describe, expect, test } from 'vitest';

import { describeHead } from '../../src/lab/describe-head.ts';

describe('describeHead', () => {
  test('names the lines of a header block', () => {
    expect(describeHead('GET / HTTP/1.1\r\nHost: a:1\r\n\r\n')).toEqual([
      { kind: 'start', text: 'GET / HTTP/1.1' },
      { kind: 'field', name: 'host', text: 'Host: a:1' },
      { kind: 'end', text: '' },
    ]);
  });

  test.each(['Cookie', 'authorization', 'Proxy-Authorization'])('hides what %s holds', (name) => {
    const [, line] = describeHead(`GET / HTTP/1.1\r\n${name}: secret\r\n\r\n`);
    expect(line).toEqual({
      kind: 'field',
      name: name.toLowerCase(),
      text: `${name}: …`,
      hidden: true,
    });
  });
});
