/** Two ends that remember each other meet again through the real program, without a code. */
import { connectChannel } from '@pairwire/channel/client';
import { RememberedDevices, type OpenPipe, type ResumeStore } from '@pairwire/pairing';
import { WebSocket } from '@pairwire/websocket';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createCoapPipe } from '../../packages/pairwire/src/simulator/coap-pipe.ts';
import { createPage, createPhone, pair } from './ends.ts';
import { startUp, type Up } from './program.ts';

const SAID = [['up 👋'], ['down 您好']];

let up: Up;
let atPage: RememberedDevices;
let atPhone: RememberedDevices;
let stops: (() => void)[];

beforeEach(() => {
  atPage = createDevices();
  atPhone = createDevices();
  stops = [];
});

afterEach(async () => {
  for (const stop of stops) stop();
  await up.program.end();
});

/** What a browser keeps while its windows are closed. */
function createDevices(): RememberedDevices {
  let kept: string | undefined;
  const store: ResumeStore = {
    load: () => kept,
    save: (devices) => void (kept = devices),
    clear: () => void (kept = undefined),
  };
  return new RememberedDevices(store, () => Date.now());
}

const channelTo =
  (port: number): OpenPipe =>
  (handler) =>
    connectChannel(`http://127.0.0.1:${port}`, handler, { WebSocket });

/** Pairs by a code, agrees to remember, and closes both. */
async function pairOnce(openAtPhone: OpenPipe): Promise<void> {
  const ends = await pair(channelTo(up.port), openAtPhone, { page: atPage, phone: atPhone });
  ends.phone.remember(true);
  await ends.atPage.until(
    ({ state }) => state?.phase === 'connected' && state.remember === 'asked',
  );
  ends.page.remember(true);
  await ends.atPage.until(({ state }) => state?.phase === 'connected' && state.remember === 'on');
  await ends.atPhone.until(({ state }) => state?.phase === 'connected' && state.remember === 'on');
  ends.stop();
}

/** Opens both anew; the page begins to wait for a scan as well. */
function reopen(openAtPhone: OpenPipe) {
  const page = createPage(channelTo(up.port), atPage);
  const phone = createPhone(openAtPhone, { remembered: atPhone });
  stops.push(
    () => page.end.stop(),
    () => phone.end.stop(),
  );
  page.end.start();
  expect(phone.end.meet(atPhone.list('phone')[0]?.id ?? '')).toBe(true);
  return { page, phone };
}

/** Text both ways; what has come to the page and to the phone. */
async function talk({ page, phone }: ReturnType<typeof reopen>): Promise<string[][]> {
  await page.heard.until(({ state }) => state?.phase === 'connected');
  await phone.heard.until(({ state }) => state?.phase === 'connected');
  page.end.sendMessage('down 您好');
  phone.end.sendMessage('up 👋');
  await phone.heard.until(({ messages }) => messages.length === 1);
  await page.heard.until(({ messages }) => messages.length === 1);
  return [page.heard.messages, phone.heard.messages];
}

const phones: [string, (started: Up) => OpenPipe][] = [
  ['a channel', (started) => channelTo(started.port)],
  ['CoAP', (started) => createCoapPipe({ host: '127.0.0.1', port: started.udpPort })],
];

describe.each(phones)('a page and a phone on %s that remember each other', (_name, openAtPhone) => {
  test('meet again, and again, also at a relay that knows nothing of them', async () => {
    up = await startUp();
    await pairOnce(openAtPhone(up));
    const once = reopen(openAtPhone(up));
    expect(await talk(once)).toEqual(SAID);
    for (const { end } of [once.page, once.phone]) end.stop();

    await up.program.end('SIGKILL');
    up = await startUp();
    expect(await talk(reopen(openAtPhone(up)))).toEqual(SAID);
  });
});

test('a page that has gone back to waiting is met; one that has forgotten the phone is not', async () => {
  up = await startUp();
  await pairOnce(channelTo(up.port));
  const { page, phone } = reopen(channelTo(up.port));
  expect(await talk({ page, phone })).toEqual(SAID);
  phone.end.disconnect();
  await page.heard.until(({ state }) => state?.phase === 'ended');
  phone.end.stop();
  page.end.newCode();
  await page.heard.until(({ state }) => state?.phase === 'waiting');

  const [computer] = atPhone.list('phone');
  const next = createPhone(channelTo(up.port), { remembered: atPhone });
  stops.push(() => next.end.stop());
  next.end.meet(computer?.id ?? '');
  await next.heard.until(({ state }) => state?.phase === 'connected');

  // Told at once, because the two are connected.
  page.end.forget(atPage.list('page')[0]?.id ?? '');
  await next.heard.until(
    ({ state }) => state?.phase === 'connected' && state.remember === 'unavailable',
  );
  expect([...atPage.list('page'), ...atPhone.list('phone')]).toEqual([]);
  expect(
    createPhone(channelTo(up.port), { remembered: atPhone }).end.meet(computer?.id ?? ''),
  ).toBe(false);
});
