// A node:http server on a port of its own, for the checks.
import { createServer } from 'node:http';

/** @param {import('node:http').RequestListener} [listener] */
export async function listen(listener) {
  const server = createServer(listener);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: server.address().port };
}

/** Fails unless the two are the same as JSON. */
export function same(got, expected) {
  if (JSON.stringify(got) === JSON.stringify(expected)) return;
  throw new Error(`got ${JSON.stringify(got)}, expected ${JSON.stringify(expected)}`);
}
