/** The simulator's way through a network that loses, repeats and reorders: everything once, in order. */
import { connectChannel } from '@pairwire/channel/client';
import { WebSocket } from '@pairwire/websocket';
import { afterEach, describe, expect, test } from 'vitest';
import { createCoapPipe } from '../../packages/pairwire/src/simulator/coap-pipe.ts';
import { pair, type Ends } from './ends.ts';
import { startUp, type Up } from './program.ts';
import { LossyUdpProxy } from './udp-proxy.ts';

let up: Up;
let proxy: LossyUdpProxy;
let ends: Ends;

afterEach(async () => {
  ends.stop();
  await proxy.close();
  await up.program.end();
});

describe('a phone behind 20 % loss, 10 % duplicates and reordering', () => {
  test.each([1, 2])(
    'gets and sends every text once, in order (seed %i)',
    async (seed) => {
      up = await startUp();
      proxy = new LossyUdpProxy({
        targetPort: up.udpPort,
        lost: 0.2,
        duplicated: 0.1,
        reordered: 0.2,
        seed,
      });
      const udpPort = await proxy.listen();
      ends = await pair(
        (handler) => connectChannel(`http://127.0.0.1:${up.port}`, handler, { WebSocket }),
        createCoapPipe({ host: '127.0.0.1', port: udpPort }),
      );
      const { page, phone, atPage, atPhone } = ends;
      const texts = (from: string) =>
        Array.from({ length: 15 }, (_, i) => `${from} ${i} 你好 🎉\n${'x'.repeat(i * 150)}`);
      for (const text of texts('page')) page.sendMessage(text);
      for (const text of texts('phone')) phone.sendMessage(text);
      await atPhone.until(({ messages }) => messages.length >= 15);
      await atPage.until(({ messages }) => messages.length >= 15);
      expect(atPhone.messages).toEqual(texts('page'));
      expect(atPage.messages).toEqual(texts('phone'));
    },
    60_000,
  );
});
