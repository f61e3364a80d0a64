import { buildSchema } from 'graphql';
import { createClient } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocket, WebSocketServer } from 'ws';
import { listen, same } from '../http.mjs';

export const connections = { server: 1, client: 1 };

export default async function check() {
  const { server, port } = await listen();
  const sockets = new WebSocketServer({ server, path: '/graphql' });
  const rootValue = {
    hello: () => 'world',
    async *count({ to }) {
      for (let count = 1; count <= to; count += 1) yield { count };
    },
  };
  const schema = buildSchema(
    'type Query { hello: String } type Subscription { count(to: Int!): Int }',
  );
  const ended = useServer(
    { schema, roots: { query: rootValue, subscription: rootValue } },
    sockets,
  );
  const client = createClient({
    url: `ws://127.0.0.1:${port}/graphql`,
    webSocketImpl: WebSocket,
    lazy: false,
  });
  const results = [];
  for await (const { data } of client.iterate({ query: 'subscription { count(to: 3) }' })) {
    results.push(data.count);
  }
  same(results, [1, 2, 3]);
  for await (const { data } of client.iterate({ query: '{ hello }' })) same(data.hello, 'world');
  await client.dispose();
  await ended.dispose();
  server.close();
  return 'query and subscription';
}
