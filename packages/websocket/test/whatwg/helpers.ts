/** A client of ours and a server that speaks bytes, as the areas of the standard need them. */
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { WebSocket } from '@pairwire/websocket';
import { closeFrame, RawServer, type RawPeer } from '../node/raw-peer.ts';

export interface Pair {
  readonly server: RawServer;
  readonly socket: WebSocket;
  readonly peer: RawPeer;
}

export async function listen(): Promise<RawServer> {
  const server = await RawServer.listen();
  onTestFinished(() => server.close());
  return server;
}

/** An open connection. */
export async function openPair(
  protocols?: string | readonly string[],
  headers: readonly string[] = [],
): Promise<Pair> {
  const server = await listen();
  const socket = new WebSocket(server.url, protocols, { closeTimeoutMs: 1_000 });
  const opened = once(socket, 'open');
  const peer = await server.open(headers);
  await opened;
  return { server, socket, peer };
}

/** The name of the DOMException, or of the class of another error. */
export function errorOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return error instanceof DOMException ? error.name : (error as Error).constructor.name;
  }
  return undefined;
}

/** A connection on the way to nowhere; given up when the test is over. */
export function connecting(): WebSocket {
  const socket = new WebSocket('ws://127.0.0.1:1/');
  socket.close();
  return socket;
}

/** The server's part of a closing handshake that it begins. */
export async function closeFromServer({ peer }: Pair, code?: number, reason = ''): Promise<void> {
  peer.write(closeFrame(code, reason, { mask: undefined }));
  await peer.frame();
  peer.socket.end();
}

/** The server's part of one that the client begins. */
export async function answerClose({ peer }: Pair): Promise<number | undefined> {
  const { payload } = await peer.frame();
  const code = payload.length === 0 ? undefined : payload.readUInt16BE(0);
  peer.write(closeFrame(code, payload.toString('utf8', 2), { mask: undefined }));
  peer.socket.end();
  return code;
}
