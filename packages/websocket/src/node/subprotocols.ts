/** Types only: which messages belong to which subprotocol. */
import type { BinaryMessage, Message, TextMessage } from './message.ts';
import type { SendOptions } from './outgoing-message.ts';
import type { SendableData, WebSocketConnection } from './websocket-connection.ts';

/** What each subprotocol sends: texts, bytes or both. */
export type Subprotocols = Readonly<Record<string, 'text' | 'binary' | 'both'>>;

interface Kinds {
  text: { receives: TextMessage; sends: string };
  binary: { receives: BinaryMessage; sends: Exclude<SendableData, string> };
  both: { receives: Message; sends: SendableData };
}

/** A connection on which `Name` was agreed. */
export interface SubprotocolConnection<
  Name extends string,
  Kind extends keyof Kinds,
  C = unknown,
> extends Omit<WebSocketConnection<C>, 'protocol' | 'send' | typeof Symbol.asyncIterator> {
  readonly protocol: Name;
  send(data: Kinds[Kind]['sends'] | Kinds[Kind]['receives'], options?: SendOptions): boolean;
  [Symbol.asyncIterator](): AsyncIterator<Kinds[Kind]['receives'], undefined>;
}

/**
 * A connection on which one of the names was agreed. Its `protocol`, once compared with a name,
 * tells what its messages are:
 *
 * ```ts
 * const protocols = { 'chat.json': 'text', 'audio.opus': 'binary' } as const;
 * const connection = await connectWebSocket(url, { protocols });
 * if (connection.protocol === 'chat.json') for await (const { data } of connection) JSON.parse(data);
 * ```
 *
 * It is the word of both sides, not a check: the engine gives a message of the other kind as it came.
 */
export type AgreedConnection<P extends Subprotocols, C = unknown> = {
  [Name in keyof P & string]: SubprotocolConnection<Name, P[Name], C>;
}[keyof P & string];

/** The same on a server, where `''` stands for a client that offered none of them. */
export type ConnectionOf<P extends Subprotocols, C = unknown> =
  AgreedConnection<P, C> | SubprotocolConnection<'', 'both', C>;
