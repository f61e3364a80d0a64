/** `pairwire page`: the computer's end in a terminal. */
import { TerminalPage } from '../../simulator/index.ts';
import { isLoopbackHost } from '../addresses.ts';
import type { ExitCode } from '../errors.ts';
import type { Settings } from '../options.ts';
import { fetchPhoneOrigin } from '../phone-origin.ts';
import { openChannelTo, terminalOptions } from '../terminal.ts';

/** Runs until the link has ended. */
export async function page(settings: Settings<'page'>): Promise<ExitCode> {
  const { relay, publicUrl, confirm, label } = settings;
  const origin = publicUrl ?? (await fetchPhoneOrigin(relay)) ?? relay;
  if (isLoopbackHost(new URL(origin).hostname)) {
    process.stderr.write(`only this computer reaches ${origin}; for phones give --public-url\n`);
  }
  const session = new TerminalPage({
    ...terminalOptions(label),
    openPipe: openChannelTo(relay),
    destination: relay,
    origin,
    confirm,
  });
  return session.run();
}
