/** docs/protocol/channel.md, asked of our own server from outside: raw HTTP and raw WebSocket. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ChannelServer } from '@pairwire/channel/server';

import { CHANNEL_CASES } from '../conformance/src/channel/channel-cases.ts';
import { ChannelTarget } from '../conformance/src/channel/channel-peer.ts';

describe('our channel server', () => {
  const http = createServer();
  const channels = new ChannelServer({
    accept: (channel) => ({
      packet(packet) {
        const [, code, reason = ''] = /^close (\d+) ?(.*)$/.exec(String(packet)) ?? [];
        if (code === undefined) channel.send(packet);
        else channel.close(Number(code), reason);
      },
      close() {},
    }),
  });
  let target: ChannelTarget;

  beforeAll(async () => {
    channels.attach(http);
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    target = new ChannelTarget(new URL(`http://127.0.0.1:${(http.address() as AddressInfo).port}`));
  });

  afterAll(async () => {
    await channels.close({ timeoutMs: 0 });
    http.close();
    http.closeAllConnections();
    await once(http, 'close');
  });

  test.each(CHANNEL_CASES)('$title (§$section)', async (one) => {
    await expect(one.run(target)).resolves.toBeUndefined();
  });

  test('has a case for every section that says what a server must do', () => {
    const sections = new Set(CHANNEL_CASES.map(({ section }) => section));
    for (const section of ['4.1', '4.2', '4.3', '6', '8.1', '8.2', '8.3', '8.4', '8.5', '8.6']) {
      expect(sections).toContain(section);
    }
  });
});
