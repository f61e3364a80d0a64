import { createTRPCClient, createWSClient, wsLink } from '@trpc/client';
import { initTRPC } from '@trpc/server';
import { applyWSSHandler } from '@trpc/server/adapters/ws';
import { WebSocket, WebSocketServer } from 'ws';
import { listen, same } from '../http.mjs';

export const connections = { server: 1, client: 1 };

export default async function check() {
  const { server, port } = await listen();
  const sockets = new WebSocketServer({ server });
  const t = initTRPC.create();
  const router = t.router({
    double: t.procedure.input(Number).query(({ input }) => input * 2),
    count: t.procedure.subscription(async function* () {
      yield 1;
      yield 2;
    }),
  });
  applyWSSHandler({ wss: sockets, router, createContext: () => ({}) });
  const connection = createWSClient({ url: `ws://127.0.0.1:${port}`, WebSocket });
  const client = createTRPCClient({ links: [wsLink({ client: connection })] });
  same(await client.double.query(21), 42);
  const counted = await new Promise((resolve, reject) => {
    const values = [];
    client.count.subscribe(undefined, {
      onData: (value) => values.push(value),
      onError: reject,
      onComplete: () => resolve(values),
    });
  });
  same(counted, [1, 2]);
  await connection.close();
  server.close();
  return 'query and subscription';
}
