import { createServer } from 'node:net';

import { describe, expect, test } from 'vitest';

import { RunError } from '../../src/cli/errors.ts';
import { createListenError, listen, resolveHost } from '../../src/cli/listen.ts';

describe('taking a port', () => {
  test('says which one was taken', async () => {
    const server = createServer();
    const bound = await listen(server, { host: await resolveHost('127.0.0.1'), port: 0 });
    expect(bound).toEqual({ host: '127.0.0.1', port: expect.any(Number) });
    expect(bound.port).toBeGreaterThan(0);
    server.close();
  });

  test.each([
    ['EADDRINUSE', 'port-in-use', /^port 80 is in use; choose another with --port/],
    ['EACCES', 'port-forbidden', /^port 80 needs more rights/],
    ['EADDRNOTAVAIL', 'no-such-address', /^this machine has no address 10\.0\.0\.1; see --host$/],
    ['EMFILE', 'failed', /^cannot listen on port 80: too many$/],
  ])('%s is a sentence that names the option', (code, failure, message) => {
    const cause = Object.assign(new Error('too many'), { code });
    const error = createListenError(cause, { what: 'port 80', flag: '--port', host: '10.0.0.1' });
    expect(error).toBeInstanceOf(RunError);
    expect(error.failure).toBe(failure);
    expect(error.message).toMatch(message);
    expect(error.cause).toBe(cause);
  });
});
