/** The reader of `ws` on the same streams, its events in the form of `describeEvent`. */
import type { Writable } from 'node:stream';
import * as ws from 'ws';

import { toHex } from '../test/protocol/support/bytes.ts';
import { chunkEnds, type ConnectionInput, type Settings } from './connection-input.ts';

/** What ws exports without types. */
interface Extension {
  accept(configurations: readonly object[]): object;
  cleanup(): void;
}
const { PerMessageDeflate, Receiver } = ws as unknown as {
  PerMessageDeflate: new (options: object) => Extension;
  Receiver: new (options: object) => Writable;
};

export async function readWithWs({ settings, stream }: ConnectionInput): Promise<string[]> {
  const events: string[] = [];
  const deflate = createDeflate(settings);
  const receiver = new Receiver({
    isServer: settings.role === 'server',
    maxPayload: settings.maxMessageBytes,
    extensions: deflate === undefined ? {} : { 'permessage-deflate': deflate },
  });
  let ended = false;
  receiver.on('message', (data: Buffer, isBinary: boolean) => {
    events.push(isBinary ? `binary ${toHex(data)}`.trimEnd() : `text ${data.toString()}`);
  });
  receiver.on('ping', (data: Buffer) => void events.push(`ping ${toHex(data)}`.trimEnd()));
  receiver.on('pong', (data: Buffer) => void events.push(`pong ${toHex(data)}`.trimEnd()));
  receiver.on('conclude', (code: number, reason: Buffer) => {
    ended = true;
    events.push(reason.length === 0 ? `close ${code}` : `close ${code} ${reason.toString()}`);
  });
  receiver.on('error', () => {});
  let start = 0;
  for (const end of chunkEnds(settings, stream)) {
    const error = await write(receiver, Buffer.from(stream.subarray(start, end)));
    if (error !== undefined) events.push(`fail ${statusOf(error)}`);
    if (error !== undefined || ended) break;
    start = end;
  }
  receiver.destroy();
  deflate?.cleanup();
  return events;
}

function createDeflate({ role, maxMessageBytes, deflate }: Settings): Extension | undefined {
  if (deflate === undefined) return undefined;
  const isServer = role === 'server';
  const extension = new PerMessageDeflate({ isServer, maxPayload: maxMessageBytes });
  const takeover = deflate.decompressContextTakeover;
  const forget = { client_no_context_takeover: true, server_no_context_takeover: true };
  extension.accept([takeover ? {} : forget].map(wrapValues));
  return extension;
}

/** As its parser of the header gives them: every value in a list. */
function wrapValues(parameters: object): object {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]]));
}

function write(receiver: Writable, chunk: Buffer): Promise<Error | undefined> {
  return new Promise((resolve) => {
    receiver.write(chunk, (error) => resolve(error ?? undefined));
  });
}

/** ws keeps the close code under a symbol of its own. */
function statusOf(error: Error): string {
  const symbol = Object.getOwnPropertySymbols(error).find(
    ({ description }) => description === 'status-code',
  );
  if (symbol === undefined) return error.message;
  return String((error as unknown as Record<symbol, unknown>)[symbol]);
}
