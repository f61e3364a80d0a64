/** The program is killed and started again while both ends have unsent text. */
import { connectChannel } from '@pairwire/channel/client';
import type { OpenPipe } from '@pairwire/pairing';
import { WebSocket } from '@pairwire/websocket';
import { afterEach, describe, expect, test } from 'vitest';
import { createCoapPipe } from '../../packages/pairwire/src/simulator/coap-pipe.ts';
import { findFreePort } from '../free-port.ts';
import { pair, type Ends } from './ends.ts';
import { startUp, type Up } from './program.ts';

let up: Up;
let ends: Ends;

afterEach(async () => {
  ends.stop();
  await up.program.end();
});

const channelTo =
  (port: number): OpenPipe =>
  (handler) =>
    connectChannel(`http://127.0.0.1:${port}`, handler, { WebSocket });

const phones: [string, (started: Up) => OpenPipe][] = [
  ['a channel', (started) => channelTo(started.port)],
  ['CoAP', (started) => createCoapPipe({ host: '127.0.0.1', port: started.udpPort })],
];

describe.each(phones)('a page and a phone on %s', (_name, openAtPhone) => {
  test('lose nothing and double nothing when the relay is killed and started again', async () => {
    const ports = ['--port', `${await findFreePort()}`, '--udp-port', `${await findFreePort()}`];
    up = await startUp(ports);
    ends = await pair(channelTo(up.port), openAtPhone(up));
    const { page, phone, atPage, atPhone } = ends;

    page.sendMessage('page 0');
    phone.sendMessage('phone 0');
    await atPhone.until(({ messages }) => messages.length === 1);
    await atPage.until(({ messages }) => messages.length === 1);

    for (let round = 1; round <= 2; round++) {
      // Some of this is on its way when the relay dies, the rest is written while there is none.
      page.sendMessage(`page ${round} before`);
      phone.sendMessage(`phone ${round} before`);
      await up.program.end('SIGKILL');
      page.sendMessage(`page ${round} 离线`);
      phone.sendMessage(`phone ${round} 离线`);
      const text = `live ${round} 👩‍👩‍👧`;
      phone.setField({ text, selectionStart: 0, selectionEnd: 0 });
      up = await startUp(ports);
      await atPhone.until(({ messages }) => messages.length === 1 + 2 * round);
      await atPage.until(
        ({ messages, field }) => messages.length === 1 + 2 * round && field === text,
      );
    }

    const wanted = (end: string) => [
      `${end} 0`,
      ...[1, 2].flatMap((round) => [`${end} ${round} before`, `${end} ${round} 离线`]),
    ];
    expect(atPhone.messages).toEqual(wanted('page'));
    expect(atPage.messages).toEqual(wanted('phone'));
  }, 60_000);
});
