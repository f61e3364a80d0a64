/** `pairwire phone`: the phone simulator. */
import type { OpenPipe } from '@pairwire/pairing';

import { createCoapPipe, TerminalPhone } from '../../simulator/index.ts';
import { formatHost } from '../addresses.ts';
import { nodeEnvironment } from '../environment.ts';
import { ExitCode } from '../errors.ts';
import type { Settings } from '../options.ts';
import { openChannelTo, terminalOptions } from '../terminal.ts';

const DEFAULT_GATEWAY = { host: '127.0.0.1', port: 5683 };

/** Runs until the link has ended. */
export async function phone(guidOrLink: string, settings: Settings<'phone'>): Promise<ExitCode> {
  const { destination, openPipe } = chooseWay(settings);
  let wasOpen = false;
  const session = new TerminalPhone({
    ...terminalOptions(settings.label),
    guid: guidOrLink,
    destination,
    openPipe: noticeOpen(openPipe, () => (wasOpen = true)),
  });
  const exitCode = await session.run();
  const origin = originOf(guidOrLink);
  const isLost = exitCode === ExitCode.failed && !wasOpen && settings.relay === undefined;
  if (isLost && origin !== undefined) {
    process.stderr.write(`the link leads to ${origin}; to go there directly: --relay ${origin}\n`);
  }
  return exitCode;
}

function chooseWay({ relay, gateway = DEFAULT_GATEWAY }: Settings<'phone'>): {
  destination: string;
  openPipe: OpenPipe;
} {
  if (relay !== undefined) return { destination: relay, openPipe: openChannelTo(relay) };
  return {
    destination: `coap://${formatHost(gateway.host)}:${gateway.port}`,
    openPipe: createCoapPipe({ ...gateway, environment: nodeEnvironment }),
  };
}

function noticeOpen(openPipe: OpenPipe, opened: () => void): OpenPipe {
  return (handler) =>
    openPipe({
      open() {
        opened();
        handler.open?.();
      },
      packet: (packet) => handler.packet(packet),
      drain: () => handler.drain?.(),
      close: (close) => handler.close(close),
    });
}

/** Where a link leads; undefined for a GUID alone. */
function originOf(guidOrLink: string): string | undefined {
  if (!/^https?:/i.test(guidOrLink) || !URL.canParse(guidOrLink)) return undefined;
  return new URL(guidOrLink).origin;
}
