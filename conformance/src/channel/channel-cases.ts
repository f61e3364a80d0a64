/** What docs/protocol/channel.md asks of a server, section by section. */
import type { ChannelCase } from './channel-case.ts';
import { HTTP_TRANSPORTS } from './channel-peer.ts';
import { httpCasesOf } from './http-cases.ts';
import { POLLING_CASES, SLOW_POLLING_CASES } from './polling-cases.ts';
import { SLOW_STREAMING_CASES, STREAMING_CASES } from './streaming-cases.ts';
import { WEBSOCKET_CASES } from './websocket-cases.ts';

export const CHANNEL_CASES: readonly ChannelCase[] = [
  ...WEBSOCKET_CASES,
  ...HTTP_TRANSPORTS.flatMap(httpCasesOf),
  ...STREAMING_CASES,
  ...POLLING_CASES,
];

/** Cases that take as long as the document says something may take. */
export const SLOW_CHANNEL_CASES: readonly ChannelCase[] = [
  ...SLOW_STREAMING_CASES,
  ...SLOW_POLLING_CASES,
];
