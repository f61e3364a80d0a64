import { connectChannel } from '@pairwire/channel/client';
import type { ConfirmPolicy, OpenPipe } from '@pairwire/pairing';
import { WebSocket } from '@pairwire/websocket';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { findFreePort } from '../../../../test/free-port.ts';
import { createCoapPipe } from '../../src/simulator/coap-pipe.ts';
import { TerminalPage } from '../../src/simulator/terminal-page.ts';
import { TerminalPhone } from '../../src/simulator/terminal-phone.ts';
import {
  environment,
  startGateway,
  startRelay,
  type RunningGateway,
  type RunningRelay,
} from '../gateway/running.ts';
import { Typist } from './typist.ts';

const STRANGER = '6f1ed0a4-6b1e-4f5c-9c39-3f2f8a4d2a10';
const PARAGRAPH = '你好，世界 👩‍👩‍👧 e\u0301 — “done”';

let relay: RunningRelay;
let gateway: RunningGateway;
const stopping: AbortController[] = [];
const running = new Set<Promise<number>>();

beforeAll(async () => {
  relay = await startRelay();
  gateway = await startGateway({ relay: relay.url });
});

afterAll(async () => {
  await gateway.close();
  await relay.close();
});

afterEach(async () => {
  for (const controller of stopping.splice(0)) controller.abort();
  await Promise.all(running);
  running.clear();
});

function createSignal(): AbortSignal {
  const controller = new AbortController();
  stopping.push(controller);
  return controller.signal;
}

function track(exitCode: Promise<number>): Promise<number> {
  running.add(exitCode);
  return exitCode;
}

function openChannel(url: string): OpenPipe {
  return (handler) => connectChannel(url, handler, { WebSocket });
}

/** A channel to the relay that can be broken, as a network does. */
function createBreakableWay(): { openPipe: OpenPipe; breakIt(): void } {
  let close = () => {};
  const openPipe: OpenPipe = (handler) => {
    const pipe = openChannel(relay.url)(handler);
    close = () => pipe.close(4000, 'broken by the test');
    return pipe;
  };
  return { openPipe, breakIt: () => close() };
}

interface PhoneSettings {
  isTerminal?: boolean;
  openPipe?: OpenPipe;
  destination?: string;
  language?: 'en' | 'zh';
}

function startPhone(guid: string, settings: PhoneSettings = {}) {
  const typist = new Typist();
  const phone = new TerminalPhone({
    openPipe: createCoapPipe({ host: gateway.host, port: gateway.port }),
    destination: `coap://${gateway.host}:${gateway.port}`,
    environment,
    input: typist.input,
    output: typist.output,
    errors: typist.errors,
    isTerminal: false,
    name: 'test phone',
    language: 'en',
    guid,
    signal: createSignal(),
    ...settings,
  });
  return { typist, exitCode: track(phone.run()) };
}

interface PageSettings {
  isTerminal?: boolean;
  confirm?: ConfirmPolicy;
  openPipe?: OpenPipe;
  language?: 'en' | 'zh';
}

function startPage(settings: PageSettings = {}) {
  const typist = new Typist();
  const page = new TerminalPage({
    openPipe: openChannel(relay.url),
    destination: relay.url,
    origin: 'http://192.0.2.1:1818',
    environment,
    input: typist.input,
    output: typist.output,
    errors: typist.errors,
    isTerminal: false,
    name: 'test page',
    language: 'en',
    signal: createSignal(),
    ...settings,
  });
  return { typist, exitCode: track(page.run()) };
}

/** A page and a phone in pipes, with the number chosen. */
async function connectBoth() {
  const page = startPage();
  const phone = startPhone(await page.typist.printedAfter('guid'));
  const number = await phone.typist.remarkedAfter('number');
  await page.typist.printedAfter('choices');
  page.typist.type(`${number}\n`);
  await phone.typist.remarkedAfter('connected to');
  await page.typist.remarkedAfter('connected to');
  return { page, phone };
}

describe('in a pipe', () => {
  test('page and phone find each other by the printed GUID and the number', async () => {
    const page = startPage();
    const guid = await page.typist.printedAfter('guid');
    expect(await page.typist.printedAfter('link')).toBe(`http://192.0.2.1:1818/p#${guid}`);
    const phone = startPhone(guid);
    const number = await phone.typist.remarkedAfter('number');
    const choices = (await page.typist.printedAfter('choices')).split(' ');
    expect(choices).toHaveLength(3);
    expect(choices).toContain(number);
    page.typist.type(`${number}\n`);
    expect(await phone.typist.remarkedAfter('connected to')).toBe('test page');
    expect(await page.typist.remarkedAfter('connected to')).toBe('test phone');
  });

  test('every line is a message, both ways, exactly; the end of the input delivers all and ends the link', async () => {
    const { page, phone } = await connectBoth();
    const sent = Array.from({ length: 120 }, (_, index) => `${index} ${PARAGRAPH}`);
    page.typist.type(`${PARAGRAPH}\n\n  spaces stay  \n`);
    await phone.typist.until(({ lines }) => lines.length === 3);
    phone.typist.type(`${sent.join('\n')}\r\nlast line without an end`);
    phone.typist.endInput();
    expect(await phone.exitCode).toBe(0);
    expect(await page.exitCode).toBe(0);
    expect(phone.typist.lines).toEqual([PARAGRAPH, '', '  spaces stay  ']);
    expect(page.typist.lines.slice(3)).toEqual([...sent, 'last line without an end']);
    expect(phone.typist.remarkLines.at(-1)).toBe('disconnected');
    expect(page.typist.remarkLines.at(-1)).toBe('disconnected');
  });

  test('lines that come before the link is there wait for it', async () => {
    const page = startPage();
    const phone = startPhone(await page.typist.printedAfter('guid'));
    phone.typist.type('early\nbird\n');
    phone.typist.endInput();
    await page.typist.printedAfter('choices');
    page.typist.type(`${await phone.typist.remarkedAfter('number')}\n`);
    expect(await phone.exitCode).toBe(0);
    expect(page.typist.lines.slice(3)).toEqual(['early', 'bird']);
  });

  test('with the policy both the phone is asked first, and each side by the other one’s number', async () => {
    const page = startPage({ confirm: 'both' });
    const phone = startPhone(await page.typist.printedAfter('guid'));
    const look = await page.typist.printedAfter('look');
    const lookChoices = (await phone.typist.remarkedAfter('look')).split(' ');
    expect(lookChoices).toContain(look);
    expect(phone.typist.remarks).not.toMatch(/^number/m);
    phone.typist.type(`${look}\n`);
    page.typist.type(`${await phone.typist.remarkedAfter('number')}\n`);
    expect(await page.typist.remarkedAfter('connected to')).toBe('test phone');
  });

  test('with the policy type the number is typed without a choice', async () => {
    const page = startPage({ confirm: 'type' });
    const phone = startPhone(await page.typist.printedAfter('guid'));
    await page.typist.until(({ lines }) => lines.includes('type'));
    page.typist.type(`${await phone.typist.remarkedAfter('number')}\n`);
    expect(await page.typist.remarkedAfter('connected to')).toBe('test phone');
  });

  test('with the policy tap nobody is asked', async () => {
    const page = startPage({ confirm: 'tap' });
    const phone = startPhone(await page.typist.printedAfter('guid'));
    expect(await phone.typist.remarkedAfter('connected to')).toBe('test page');
  });

  test('what is no answer is asked again; none ends the link for both', async () => {
    const page = startPage();
    const phone = startPhone(await page.typist.printedAfter('guid'));
    await page.typist.printedAfter('choices');
    page.typist.type('perhaps\n7\n');
    await page.typist.until(({ remarks }) => remarks.split('one of the numbers').length === 3);
    page.typist.type('none\n');
    expect(await page.exitCode).toBe(1);
    expect(await phone.exitCode).toBe(1);
    expect(phone.typist.remarks).toMatch(/numbers did not match/);
  });

  test('a page whose input ends before the choice gives up', async () => {
    const page = startPage();
    page.typist.endInput();
    const phone = startPhone(await page.typist.printedAfter('guid'));
    expect(await page.exitCode).toBe(1);
    expect(page.typist.remarks).toMatch(/input ended before the number was chosen/);
    expect(await phone.exitCode).toBe(1);
  });

  test('a message that is too long is refused by name, the others go on, and the exit code tells', async () => {
    const { page, phone } = await connectBoth();
    phone.typist.type(`before\n${'x'.repeat(100_000)}\nafter\n`);
    phone.typist.endInput();
    expect(await phone.exitCode).toBe(1);
    expect(phone.typist.remarks).toMatch(/too long and was not sent/);
    expect(page.typist.lines.slice(3)).toEqual(['before', 'after']);
  });

  test('a gateway that is restarted in between loses nothing and doubles nothing', async () => {
    const first = await startGateway({ relay: relay.url });
    const { port } = first;
    const page = startPage();
    const phone = startPhone(await page.typist.printedAfter('guid'), {
      openPipe: createCoapPipe({ host: '127.0.0.1', port }),
    });
    page.typist.type(`${await phone.typist.remarkedAfter('number')}\n`);
    await phone.typist.remarkedAfter('connected to');
    const write = (from: string) => Array.from({ length: 50 }, (_, index) => `${from} ${index}\n`);
    phone.typist.type(write('up').join(''));
    page.typist.type(write('down').join(''));
    await page.typist.until(({ lines }) => lines.length > 3);
    await first.close();
    const second = await startGateway({ relay: relay.url, port });
    await phone.typist.until(({ lines }) => lines.length >= 50);
    phone.typist.endInput();
    expect(await phone.exitCode).toBe(0);
    expect(await page.exitCode).toBe(0);
    expect(page.typist.lines.slice(3).join('\n')).toBe(write('up').join('').trimEnd());
    expect(phone.typist.printed).toBe(write('down').join(''));
    await second.close();
  });

  test.each([
    ['en', 'the connection broke; trying again …', 'connected again'],
    ['zh', '连接断开，正在重试 …', '已重新连接'],
  ] as const)(
    'page and phone say when they have lost and found the relay (%s)',
    async (language, lost, found) => {
      const ways = { page: createBreakableWay(), phone: createBreakableWay() };
      const page = startPage({ language, confirm: 'tap', openPipe: ways.page.openPipe });
      const guid = await page.typist.printedAfter('guid');
      const phone = startPhone(guid, { language, openPipe: ways.phone.openPipe });
      const isConnected = ({ remarks }: Typist) => /connected to|已连接/.test(remarks);
      await Promise.all([page.typist.until(isConnected), phone.typist.until(isConnected)]);
      for (const [end, { typist }] of Object.entries({ page, phone })) {
        ways[end as 'page' | 'phone'].breakIt();
        await typist.until(({ remarkLines }) => remarkLines.at(-1) === found);
        expect(typist.remarkLines.slice(-2)).toEqual([lost, found]);
      }
    },
  );

  test('a signal ends the link in good order', async () => {
    const { page, phone } = await connectBoth();
    stopping.at(-1)?.abort();
    expect(await phone.exitCode).toBe(0);
    expect(await page.exitCode).toBe(0);
  });

  test('a reader that goes away ends the program', async () => {
    const { page, phone } = await connectBoth();
    phone.typist.output.destroy(new Error('EPIPE'));
    expect(await phone.exitCode).toBe(1);
    page.typist.endInput();
    await page.exitCode;
  });
});

describe('a phone that cannot connect says why', () => {
  test('what is no GUID: exit code 2, and the text is not repeated', async () => {
    const { typist, exitCode } = startPhone('not-a-guid');
    expect(await exitCode).toBe(2);
    expect(typist.remarks).toMatch(/neither a GUID nor a link/);
    expect(typist.remarks).not.toContain('not-a-guid');
  });

  test('a GUID that no page shows', async () => {
    const { typist, exitCode } = startPhone(STRANGER);
    expect(await exitCode).toBe(1);
    expect(typist.remarks).toMatch(/no page shows this code any more/);
  });

  test('a code that another phone has used', async () => {
    const { phone, page } = await connectBoth();
    const second = startPhone(await page.typist.printedAfter('guid'));
    expect(await second.exitCode).toBe(1);
    expect(second.typist.remarks).toMatch(/already used by another device/);
    expect(phone.typist.remarks).not.toMatch(/already used/);
    page.typist.endInput();
    await page.exitCode;
  });

  test('no gateway there', async () => {
    const port = await findFreePort();
    const { typist, exitCode } = startPhone(STRANGER, {
      openPipe: createCoapPipe({ host: '127.0.0.1', port }),
      destination: `coap://127.0.0.1:${port}`,
    });
    expect(await exitCode).toBe(1);
    expect(typist.remarks).toContain(`no phone server answers at coap://127.0.0.1:${port}`);
  });

  test('a host name that does not exist', async () => {
    const { typist, exitCode } = startPhone(STRANGER, {
      openPipe: createCoapPipe({ host: 'no-such-host.invalid' }),
      destination: 'coap://no-such-host.invalid:5683',
    });
    expect(await exitCode).toBe(1);
    expect(typist.remarks).toMatch(/no phone server answers/);
  });

  test('a gateway without a relay', async () => {
    const lonely = await startGateway({ relay: `http://127.0.0.1:${await findFreePort()}` });
    const { typist, exitCode } = startPhone(STRANGER, {
      openPipe: createCoapPipe({ host: lonely.host, port: lonely.port }),
    });
    expect(await exitCode).toBe(1);
    expect(typist.remarks).toMatch(/cannot reach its relay/);
    await lonely.close();
  });

  test('a relay that is not there, without a gateway', async () => {
    const url = `http://127.0.0.1:${await findFreePort()}`;
    const { typist, exitCode } = startPhone(STRANGER, {
      openPipe: openChannel(url),
      destination: url,
    });
    expect(await exitCode).toBe(1);
    expect(typist.remarks).toContain(`no relay answers at ${url}`);
  });

  test('in Chinese, too', async () => {
    const { typist, exitCode } = startPhone(STRANGER, { language: 'zh' });
    expect(await exitCode).toBe(1);
    expect(typist.remarks).toContain('已没有页面显示这个码');
  });
});

describe('in a terminal', () => {
  test('the page shows code, link and GUID, asks for the number and shows what the phone types', async () => {
    const page = startPage({ isTerminal: true });
    await page.typist.until(({ printed }) => /GUID [0-9a-f]{8}-/.test(printed));
    const guid = /GUID ([0-9a-f-]{36})/.exec(page.typist.printed)?.[1] ?? '';
    expect(page.typist.printed).toContain(`http://192.0.2.1:1818/p#${guid}`);
    expect(page.typist.printed).toContain('\u2588');
    const phone = startPhone(guid, { isTerminal: true });
    await phone.typist.until(({ printed }) => /the number is \d\d/.test(printed));
    const number = /the number is (\d\d)/.exec(phone.typist.printed)?.[1] ?? '';
    expect(phone.typist.bottom.split('the number is')).toHaveLength(2);
    await page.typist.until(({ printed }) => printed.includes('which number'));
    expect(page.typist.bottom).not.toContain('scan the code');
    page.typist.type(`${number}\r`);
    await phone.typist.until(({ printed }) => printed.includes('connected to test page'));
    await page.typist.until(({ printed }) => printed.includes('connected to test phone'));

    phone.typist.type('你好 wor');
    await page.typist.until(({ printed }) => printed.includes('test phone: 你好 wor'));
    phone.typist.type('ld\r');
    await page.typist.until(({ printed }) => printed.includes('\x1b[1m你好 world\x1b[0m'));
    await phone.typist.until(({ printed }) => printed.includes('✓✓'));

    page.typist.type('\x03');
    expect(await page.exitCode).toBe(0);
    expect(await phone.exitCode).toBe(0);
    expect(phone.typist.printed).toContain('disconnected');
  });

  test('what the other side sends cannot steer the terminal', async () => {
    const page = startPage();
    const phone = startPhone(await page.typist.printedAfter('guid'), { isTerminal: true });
    await phone.typist.until(({ printed }) => /the number is \d\d/.test(printed));
    page.typist.type(`${/the number is (\d\d)/.exec(phone.typist.printed)?.[1]}\n`);
    await page.typist.remarkedAfter('connected to');
    page.typist.type('\x1b]0;title\x07\x1b[2Jhello\n');
    await phone.typist.until(({ printed }) => printed.includes('hello'));
    expect(phone.typist.printed).not.toContain('\x1b]0;');
    expect(phone.typist.printed).not.toContain('\x1b[2J');
    page.typist.endInput();
    await page.exitCode;
  });
});
