import { afterEach, expect, test } from 'vitest';

import { createCoapPipe } from '../../src/simulator/coap-pipe.ts';
import { TerminalPage } from '../../src/simulator/terminal-page.ts';
import { TerminalPhone } from '../../src/simulator/terminal-phone.ts';
import { Typist } from '../simulator/typist.ts';
import { LossyProxy } from './lossy-proxy.ts';
import { environment, startGateway, startRelay } from './running.ts';

/** As in the field, only ten times as fast. */
const TRANSMISSION = { ackTimeoutMs: 25, maxAckTimeoutMs: 200, maxTransmissions: 12 };

const closers: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

test.each([{ seed: 1 }, { seed: 2 }, { seed: 3 }])(
  'behind a network that loses a fifth, doubles a tenth and reorders, phone and page get every line once and in order (seed $seed)',
  async ({ seed }) => {
    const relay = await startRelay();
    closers.push(() => relay.close());
    const gateway = await startGateway({ relay: relay.url, transmission: TRANSMISSION });
    closers.push(() => gateway.close());
    const proxy = new LossyProxy({
      target: gateway,
      seed,
      lost: 0.2,
      duplicated: 0.1,
      reordered: 0.3,
      holdMs: 30,
    });
    const { host, port } = await proxy.listen();
    closers.push(() => proxy.close());

    const start = (Terminal: typeof TerminalPhone | typeof TerminalPage, guid: string) => {
      const typist = new Typist();
      const terminal = new Terminal({
        openPipe: createCoapPipe({ host, port, transmission: TRANSMISSION }),
        destination: `coap://${host}:${port}`,
        origin: 'http://192.0.2.1',
        environment,
        input: typist.input,
        output: typist.output,
        errors: typist.errors,
        isTerminal: false,
        name: 'test',
        language: 'en',
        guid,
      });
      return { typist, exitCode: terminal.run() };
    };
    const page = start(TerminalPage, '');
    const phone = start(TerminalPhone, await page.typist.printedAfter('guid'));
    await page.typist.printedAfter('choices');
    page.typist.type(`${await phone.typist.remarkedAfter('number')}\n`);
    await phone.typist.remarkedAfter('connected to');

    const write = (from: string) =>
      Array.from({ length: 20 }, (_, index) => `${from} ${index} 你好 ${'x'.repeat(index * 50)}`);
    const [up, down] = [write('up'), write('down')];
    page.typist.type(`${down.join('\n')}\n`);
    phone.typist.type(`${up.join('\n')}\n`);
    await phone.typist.until(({ lines }) => lines.length >= down.length);
    await page.typist.until(({ lines }) => lines.length >= 3 + up.length);
    phone.typist.endInput();
    expect(await phone.exitCode).toBe(0);
    expect(await page.exitCode).toBe(0);
    expect(phone.typist.lines).toEqual(down);
    expect(page.typist.lines.slice(3)).toEqual(up);
    expect(proxy.counters.lost / (proxy.counters.lost + proxy.counters.passed)).toBeGreaterThan(
      0.1,
    );
  },
  60_000,
);
