/** What the application does wrong on one connection stays there: it ends with 1011, others go on. */
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import {
  connectWebSocket,
  WebSocket,
  type ConnectionHandler,
  type WebSocketConnection,
} from '@pairwire/websocket';
import { startHttp2Server } from './http2-servers.ts';
import { createDeferred, ECHO, onlyConnection, startServer } from './servers.ts';

const METHODS = ['open', 'message', 'stream', 'ping', 'pong', 'drain', 'dropped', 'close'] as const;
type Method = (typeof METHODS)[number];

const KIB = 1_024;
const LIMITS = {
  maxMessageBytes: KIB,
  maxStreamBytes: 100 * KIB,
  highWaterBytes: 0,
  maxBufferedBytes: 64 * KIB,
  overflow: 'drop-newest',
} as const;

interface Pair {
  /** The end whose handler fails. */
  readonly near: WebSocketConnection;
  readonly far: WebSocketConnection;
}

type Open = (handler: ConnectionHandler, failed: (error: unknown) => void) => Promise<Pair>;

const ROLES: Record<string, Open> = {
  async server(handler, failed) {
    const near = createDeferred<WebSocketConnection>();
    const { url } = await startServer<unknown>({ ...LIMITS, failed, handler: told(handler, near) });
    const far = await connectWebSocket<unknown>(url, { handler: { message() {} } });
    return { near: await near.promise, far };
  },
  async client(handler, failed) {
    const { server, url } = await startServer<unknown>({ handler: { message() {} } });
    const near = await connectWebSocket<unknown>(url, { ...LIMITS, failed, handler });
    return { near, far: onlyConnection(server) };
  },
  async 'server over HTTP/2'(handler, failed) {
    const near = createDeferred<WebSocketConnection>();
    const options = { ...LIMITS, failed, handler: told(handler, near) };
    const { port } = await startHttp2Server<unknown>(options);
    const url = `ws://127.0.0.1:${port}/`;
    const far = await connectWebSocket<unknown>(url, { http2: 'only', handler: { message() {} } });
    return { near: await near.promise, far };
  },
};

function told(
  handler: ConnectionHandler,
  opened: { resolve(connection: WebSocketConnection): void },
): ConnectionHandler {
  return {
    ...handler,
    open(connection) {
      opened.resolve(connection);
      return handler.open?.(connection);
    },
  };
}

/** Gives every method of the near end's handler a reason to be called. */
function provoke({ near, far }: Pair): void {
  far.send('message');
  far.send('x'.repeat(10 * KIB));
  far.ping('ping');
  near.ping('answered by a pong');
  for (let i = 0; i < 3; i++) near.send(Buffer.alloc(40 * KIB));
}

const escaped: unknown[] = [];
const note = (error: unknown): void => void escaped.push(error);

beforeEach(() => {
  escaped.length = 0;
  process.on('unhandledRejection', note);
});

afterEach(() => {
  process.off('unhandledRejection', note);
  if (escaped.length > 0) throw new AggregateError(escaped, 'errors left the engine');
});

describe.each(Object.entries(ROLES))('%s', (_, open) => {
  test.each(
    METHODS.flatMap((method) => [[method, 'throws'] as const, [method, 'rejects'] as const]),
  )('whose %s %s', async (method: Method, how) => {
    const failure = new Error('mine');
    const failures: unknown[] = [];
    const closed = createDeferred<unknown>();
    const handler: ConnectionHandler = {
      message() {},
      stream: (_, stream) => void stream.resume(),
      close: (_, { error }) => closed.resolve(error),
    };
    const inner: ((...args: never) => unknown) | undefined = handler[method];
    Object.assign(handler, {
      [method]: (...args: never) => {
        inner?.(...args);
        if (how === 'rejects') return Promise.reject(failure);
        throw failure;
      },
    });
    const bystander = await startServer({ handler: ECHO });
    const pair = await open(handler, (error) => failures.push(error));
    provoke(pair);
    if (method === 'close') pair.far.close(1000);
    const error = await closed.promise;
    // What was on its way already may make it fail more than once.
    await expect.poll(() => new Set(failures)).toEqual(new Set([failure]));
    const internal = { code: 'PW_WS_INTERNAL_ERROR', cause: failure };
    const expected: unknown = expect.objectContaining(internal);
    expect(error).toEqual(method === 'close' ? undefined : expected);
    const other = await connectWebSocket(bystander.url);
    other.send('still here');
    for await (const { data } of other) {
      expect(data).toBe('still here');
      break;
    }
    pair.far.terminate();
    other.terminate();
  });
});

/** As for every event target of Node: the process is told, after the event has gone round. */
test('a listener of WebSocket that throws stops neither the others nor the connection', async () => {
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  onTestFinished(() => {
    process.off('uncaughtException', note);
    for (const listener of listeners) process.on('uncaughtException', listener);
  });
  process.on('uncaughtException', note);
  const { url } = await startServer({ handler: ECHO });
  const socket = new WebSocket(url);
  const failure = new Error('mine');
  const fail = (): never => {
    throw failure;
  };
  for (const type of ['open', 'message', 'close'] as const) socket.addEventListener(type, fail);
  await once(socket, 'open');
  for (const text of ['one', 'two']) {
    socket.send(text);
    expect((await once(socket, 'message'))[0]).toMatchObject({ data: text });
  }
  socket.close();
  expect((await once(socket, 'close'))[0]).toMatchObject({ code: 1005, wasClean: true });
  await expect.poll(() => escaped).toEqual([failure, failure, failure, failure]);
  escaped.length = 0;
});
