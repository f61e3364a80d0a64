/** A page alone, with a relay in memory and a clock that the test moves. */
import { formatReply, parseRequest, type OpenPipe, type PipeHandler } from '@pairwire/pairing';
import decodeQr from 'qr/decode.js';
import { expect, test } from 'vitest';

import { TerminalPage } from '../../src/simulator/terminal-page.ts';
import { VirtualEnvironment } from '../coap/virtual-environment.ts';
import { Typist } from './typist.ts';

const LIMITS = { envelopeBytes: 65_569, recordsPerSecond: 50, bytesPerSecond: 65_536 };

/** Breaks the pipe that is open. */
let breakPipe = () => {};

/** A relay that accepts every link and never brings anybody. */
const openLonelyPipe: OpenPipe = (handler: PipeHandler) => {
  let isOpen = true;
  const close = (code: number) => {
    if (isOpen) handler.close({ code, reason: '' });
    isOpen = false;
  };
  breakPipe = () => close(1006);
  const say = (reply: Parameters<typeof formatReply>[0]) => handler.packet(formatReply(reply));
  queueMicrotask(() => {
    handler.open?.();
    say({ type: 'welcome', v: 1, epoch: 'e', limits: LIMITS });
  });
  return {
    send(packet) {
      const parsed = typeof packet === 'string' ? parseRequest(packet) : undefined;
      if (!parsed?.ok) return true;
      const { type, link } = parsed.value;
      const seat = { link, token: 'A'.repeat(43), epoch: 'e' };
      if (type === 'open') say({ type: 'waiting', ...seat, expiresInMs: 120_000 });
      if (type === 'again') say({ type: 'attached', ...seat, peer: 'gone' });
      return true;
    },
    close: () => queueMicrotask(() => close(1000)),
  };
};

function startPage(isTerminal: boolean) {
  const environment = new VirtualEnvironment();
  const typist = new Typist();
  const page = new TerminalPage({
    openPipe: openLonelyPipe,
    destination: 'http://192.0.2.1:1818',
    origin: 'http://192.0.2.1:1818',
    environment,
    input: typist.input,
    output: typist.output,
    errors: typist.errors,
    isTerminal,
    name: 'test page',
    language: 'en',
  });
  const countCodes = ({ printed }: Typist) => printed.match(/guid [0-9a-f]{8}-/gi)?.length ?? 0;
  const exitCode = page.run();
  /** Lets a minute pass for each code until that many were shown. */
  const showCodes = async (count: number) => {
    for (let shown = 1; shown <= count; shown += 1) {
      await typist.until((now) => countCodes(now) >= shown);
      environment.advance(60_000);
    }
  };
  return { typist, exitCode, environment, showCodes, countCodes };
}

test('in a pipe it shows ten codes, one a minute, and then gives up', async () => {
  const { typist, exitCode, showCodes } = startPage(false);
  await showCodes(10);
  expect(await exitCode).toBe(1);
  const guids = typist.lines.filter((line) => line.startsWith('guid '));
  expect(new Set(guids).size).toBe(10);
  expect(typist.remarks).toContain('ten codes were shown and nobody came');
});

test('in a terminal Enter shows more codes', async () => {
  const { typist, exitCode, showCodes, countCodes } = startPage(true);
  await showCodes(10);
  await typist.until(({ printed }) => printed.includes('press Enter'));
  expect(typist.bottom).not.toContain('scan the code');
  typist.type('\r');
  await typist.until((now) => countCodes(now) === 11);
  typist.type('\x03');
  expect(await exitCode).toBe(0);
});

test('in a terminal it does not ask to scan while it has no relay', async () => {
  const { typist, exitCode, environment } = startPage(true);
  await typist.until(({ bottom }) => bottom.includes('scan the code'));
  breakPipe();
  await typist.until(({ bottom }) => bottom.includes('connecting to http://192.0.2.1:1818'));
  expect(typist.bottom).not.toContain('scan the code');
  environment.advance(1000);
  await typist.until(({ bottom }) => bottom.includes('scan the code'));
  typist.type('\x03');
  expect(await exitCode).toBe(0);
});

test('the picture in the terminal is a code that scanners read', async () => {
  const { typist, exitCode, countCodes } = startPage(true);
  await typist.until((now) => countCodes(now) === 1);
  const link = /http:\S+#\S+/.exec(typist.printed)?.[0];
  expect(decodeQr(toImage(typist.printed))).toBe(link);
  typist.type('\x03');
  await exitCode;
});

/** Two modules above each other per character, white where the block is. */
function toImage(printed: string) {
  const picture = printed.split('\n').flatMap((line) => /97;40m([█▀▄ ]+)/.exec(line)?.[1] ?? []);
  const modules = picture.flatMap((line) => [
    Array.from(line, (block) => block === '█' || block === '▀'),
    Array.from(line, (block) => block === '█' || block === '▄'),
  ]);
  const scale = 4;
  const width = (modules[0]?.length ?? 0) * scale;
  const height = modules.length * scale;
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let at = 0; at < width * height; at += 1) {
    const row = modules[Math.floor(at / width / scale)];
    if (!row?.[Math.floor((at % width) / scale)]) data.fill(0, at * 4, at * 4 + 3);
  }
  return { width, height, data };
}
