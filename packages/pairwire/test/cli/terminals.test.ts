// `pairwire page` and `pairwire phone` in pipes, against a real `up`.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { findFreePort } from '../../../../test/free-port.ts';
import { ChildProgram, killAll, start } from './child-program.ts';

const UNKNOWN_GUID = '3f2b8c1e-0000-4000-8000-123456789abc';

const FREE_PORTS = ['--host', '127.0.0.1', '--port', '0', '--udp-port', '0'];

interface Places {
  relay: string;
  gateway: string;
  program: ChildProgram;
}

/** One for all tests that ask nothing special of it. */
let up: Places;

beforeAll(async () => {
  up = await placesOf(new ChildProgram(['up', ...FREE_PORTS]));
});
afterEach(killAll);
afterAll(() => up.program.end());

async function startUp(...args: string[]): Promise<Places> {
  return placesOf(start(['up', ...FREE_PORTS, ...args]));
}

async function placesOf(program: ChildProgram): Promise<Places> {
  const [, relay = ''] = await program.output(/^ready (\S+)\n/m);
  const [gateway] = await program.output(/coap:\/\/\S+/);
  return { relay, gateway, program };
}

async function startPage(
  ...args: string[]
): Promise<{ page: ChildProgram; guid: string; link: string }> {
  const page = start(['page', '--label', '书房', ...args]);
  const [, link = '', guid = ''] = await page.output(/^link (\S+)\nguid (\S+)\n/m);
  return { page, guid, link };
}

/** The number that the phone shows, chosen on the page. */
async function confirm(page: ChildProgram, phone: ChildProgram): Promise<void> {
  const [, number = ''] = await phone.output(/^number (\d+)\n/m, 'stderr');
  const [, choices = ''] = await page.output(/^choices (.+)\n/m);
  expect(choices.split(' ')).toContain(number);
  page.write(`${number}\n`);
}

describe('page and phone', () => {
  const fromPhone = ['你好，世界', 'e\u0301 👩‍👩‍👧 𠮷', '', 'last from the phone'];
  const fromPage = ['早上好 ☀️', '\ttab and  spaces ', 'last from the page'];

  test.each([
    ['over UDP', ({ gateway }: Places) => ['--gateway', gateway]],
    ['over a channel', ({ relay }: Places) => ['--relay', relay]],
  ])('exchange lines both ways %s, each once and in order', async (_way, wayOf) => {
    const places = await startUp('--log-level', 'trace');
    const { page, guid } = await startPage('--relay', places.relay);
    const phone = start(['phone', guid, ...wayOf(places), '--label', '手机']);
    await confirm(page, phone);
    phone.write(fromPhone.map((line) => `${line}\n`).join(''));
    page.write(fromPage.map((line) => `${line}\n`).join(''));
    await phone.output(/last from the page\n/);
    await page.output(/last from the phone\n/);
    phone.endInput();

    expect(await phone.ended).toEqual({ code: 0, signal: null });
    expect(await page.ended).toEqual({ code: 0, signal: null });
    expect(phone.stdout).toBe(fromPage.map((line) => `${line}\n`).join(''));
    expect(page.stdout.replace(/^(link|guid|choices) .*\n/gm, '')).toBe(
      fromPhone.map((line) => `${line}\n`).join(''),
    );
    expect(page.stderr).toContain('connected to 手机');
    expect(phone.stderr).toContain('connected to 书房');

    places.program.signal('SIGTERM');
    await places.program.ended;
    const log = places.program.stdout + places.program.stderr;
    for (const secret of [guid, guid.slice(0, 8), guid.slice(-12), '你好', '早上好', 'last']) {
      expect(log).not.toContain(secret);
    }
  });

  test('meet through a relay and a gateway that run alone', async () => {
    const relay = start(['relay', '--port', '0']);
    const [, relayUrl = ''] = await relay.output(/^ready (\S+)\n/m);
    const gateway = start(['gateway', '--relay', relayUrl, '--udp-port', '0']);
    const [, gatewayUrl = ''] = await gateway.output(/^ready (\S+)\n/m);
    const { page, guid, link } = await startPage('--relay', relayUrl);
    expect(link).toBe(`${relayUrl}/p#${guid}`);
    const phone = start(['phone', guid, '--gateway', gatewayUrl]);
    await confirm(page, phone);
    phone.write('就这样\n');
    await page.output(/^就这样\n/m);
  });

  test('the link may be given instead of the GUID', async () => {
    const { relay } = up;
    const { page, link } = await startPage('--relay', relay);
    const phone = start(['phone', link, '--relay', relay]);
    await confirm(page, phone);
    expect(await phone.output(/^connected to 书房$/m, 'stderr')).toBeDefined();
  });

  test('SIGTERM ends the link in good order for both', async () => {
    const { relay } = up;
    const { page, guid } = await startPage('--relay', relay);
    const phone = start(['phone', guid, '--relay', relay]);
    await confirm(page, phone);
    await phone.output(/connected/, 'stderr');
    await page.output(/connected/, 'stderr');
    page.signal('SIGTERM');
    expect(await page.ended).toEqual({ code: 0, signal: null });
    expect(await phone.ended).toEqual({ code: 0, signal: null });
  });
});

describe('the code of a terminal page', () => {
  test('leads to the address that the operator gave', async () => {
    const { relay } = await startUp('--public-url', 'https://pair.example.org');
    const { link, guid } = await startPage('--relay', relay);
    expect(link).toBe(`https://pair.example.org/p#${guid}`);
  });

  test('leads to --public-url before anything else', async () => {
    const { relay } = await startUp('--public-url', 'https://pair.example.org');
    const { link, guid } = await startPage(
      '--relay',
      relay,
      '--public-url',
      'http://other.example',
    );
    expect(link).toBe(`http://other.example/p#${guid}`);
  });

  test('warns when only this computer could follow it', async () => {
    const { relay } = up;
    const { page } = await startPage('--relay', relay);
    const [line] = await page.output(/^only .*$/m, 'stderr');
    expect(line).toBe(`only this computer reaches ${relay}; for phones give --public-url`);
  });
});

describe('a phone that cannot connect', () => {
  test.each(['not-a-guid', '', 'x'.repeat(5000)])(
    'says that "%.40s" is no GUID, does not repeat it, exit code 2',
    async (text) => {
      const phone = start(['phone', text]);
      expect(await phone.ended).toMatchObject({ code: 2 });
      expect(phone.stderr).toMatch(/^[^\n]+GUID[^\n]+\n$/);
      expect(phone.stderr).not.toContain(text || UNKNOWN_GUID);
      expect(phone.stdout).toBe('');
    },
  );

  test('says that no page shows this GUID, exit code 1', async () => {
    const { gateway } = up;
    const phone = start(['phone', UNKNOWN_GUID, '--gateway', gateway]);
    expect(await phone.ended).toMatchObject({ code: 1 });
    expect(phone.stderr).toContain('no page shows this code');
    expect(phone.stderr).not.toContain(UNKNOWN_GUID);
  });

  test('says that no gateway answers, and where the link leads, exit code 1', async () => {
    const address = `coap://127.0.0.1:${await findFreePort()}`;
    const link = `http://192.168.1.7:1818/p#${UNKNOWN_GUID}`;
    const phone = start(['phone', link, '--gateway', address]);
    expect(await phone.ended).toMatchObject({ code: 1 });
    expect(phone.stderr).toContain(`no phone server answers at ${address}`);
    expect(phone.stderr).toContain('to go there directly: --relay http://192.168.1.7:1818\n');
    expect(phone.stderr).not.toContain(UNKNOWN_GUID);
  });

  test('says that no relay answers, exit code 1; so does a page', async () => {
    const relay = `http://127.0.0.1:${await findFreePort()}`;
    for (const program of [
      start(['phone', UNKNOWN_GUID, '--relay', relay]),
      start(['page', '--relay', relay]),
    ]) {
      expect(await program.ended).toMatchObject({ code: 1 });
      expect(program.stderr).toContain(`no relay answers at ${relay}`);
    }
  });

  test('is told when the code was used by another device', async () => {
    const { relay } = up;
    const { page, guid } = await startPage('--relay', relay);
    const first = start(['phone', guid, '--relay', relay]);
    await confirm(page, first);
    await first.output(/connected/, 'stderr');
    const second = start(['phone', guid, '--relay', relay]);
    expect(await second.ended).toMatchObject({ code: 1 });
    expect(second.stderr).toContain('already used by another device');
  });
});
