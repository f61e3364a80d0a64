/**
 * What the web platform's test server does under each path of `websockets/handlers/`: with our engine
 * where a well-behaved server is wanted, frame by frame where not.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { HandshakeError, WebSocketServer } from '@pairwire/websocket';
import { closePayload, encodeFrame, Opcode } from '../dist/wire.js';
import { upgradeAnswer } from './raw-peer.mjs';

const GOODBYE = 'Goodbye';
const MEGABYTE = 1_048_576;

const queryOf = ({ url = '' }) => url.split('?')[1] ?? '';
const firstOf = (offered) => offered[0];
const noProtocol = () => undefined;

async function accepted(request) {
  return request;
}

const CLOSE = { open: (connection) => connection.close(1000) };

/** Options of a `WebSocketServer` each, by path. */
const ENGINE = {
  '/echo': {
    protocols: ['echo'],
    handler: {
      message(connection, message) {
        connection.send(message);
        if (message.data === GOODBYE) connection.close(1000);
      },
    },
  },
  '/empty-message': {
    handler: {
      message(connection, { data }) {
        connection.send(data === '' ? 'pass' : 'fail');
        connection.close(1000);
      },
    },
  },
  '/echo-query': { handler: sayAndClose(({ context }) => queryOf(context)) },
  '/echo-query_v13': { handler: sayAndClose(({ context }) => queryOf(context)) },
  '/protocol': { protocols: firstOf, handler: sayAndClose(({ protocol }) => protocol) },
  '/protocol_array': { protocols: firstOf, handler: sayAndClose(({ protocol }) => protocol) },
  '/handshake_no_protocol': { protocols: noProtocol, handler: CLOSE },
  '/handshake_no_extensions': { handler: CLOSE },
  '/handshake_sleep_2': { authorize: acceptLater(2_000), handler: CLOSE },
  '/sleep_10_v13': { authorize: acceptLater(10_000), handler: CLOSE },
  '/basic_auth': {
    authorize(request) {
      if (request.headers.authorization === 'Basic Zm9vOmJhcg==') return request;
      throw new HandshakeError('PW_WS_UNAUTHORIZED', { status: 401 });
    },
    handler: CLOSE,
  },
  '/receive-many-with-backpressure': {
    handler: {
      async message(connection, { data }) {
        await sleep(100);
        connection.send(String(data.length));
      },
    },
  },
  '/send-backpressure': {
    handler: {
      async open(connection) {
        connection.send(Buffer.alloc(0));
        const startMs = performance.now();
        for (let sent = 0; sent < 16; sent += 1) {
          if (!connection.send(Buffer.alloc(MEGABYTE, ' '))) await connection.drained();
        }
        connection.send(String((performance.now() - startMs) / 1_000));
        connection.close(1000);
      },
    },
  },
};

function sayAndClose(words) {
  return {
    open(connection) {
      connection.send(words(connection));
      connection.close(1000);
    },
  };
}

function acceptLater(delayMs) {
  return async (request) => {
    await sleep(delayMs);
    return request;
  };
}

/** @returns a server for each path */
export function createEngineHandlers() {
  const limits = { maxMessageBytes: 32 * MEGABYTE, maxBufferedBytes: 32 * MEGABYTE };
  const servers = Object.entries(ENGINE).map(([path, options]) => [
    path,
    new WebSocketServer({ authorize: accepted, ...limits, ...options, origins: 'dangerously-any' }),
  ]);
  return new Map(servers);
}

/** After an ordinary opening handshake. Each is given a `RawPeer` and the request. */
export const RAW = {
  '/echo_exit': untilGoodbye,
  '/echo_close_data': untilGoodbye,
  async '/echo_raw'(peer) {
    for (let bytes = await peer.message(); bytes !== undefined; bytes = await peer.message()) {
      peer.write(bytes);
    }
    peer.end();
  },
  async '/delayed-passive-close'(peer) {
    const { payload } = (await peer.frame()) ?? { payload: '' };
    await sleep(1_000);
    peer.send(payload, Opcode.close);
    peer.end();
  },
  async '/passive-close-abort'(peer) {
    while ((await peer.message()) !== undefined);
    peer.cut();
  },
  async '/receive-backpressure'(peer) {
    peer.pause();
    await sleep(2_000);
    peer.resume();
    await peer.message();
    await peer.close(1000);
  },
  async '/remote-close'(peer, request) {
    const parameters = new URLSearchParams(queryOf(request));
    if (parameters.has('abrupt')) {
      peer.send('ping', Opcode.ping);
      // So that it is on its way before the end is.
      await sleep(20);
      peer.cut();
      return;
    }
    const code = parameters.get('code');
    await peer.close(code === null ? undefined : Number(code), parameters.get('reason') ?? '');
  },
};

async function untilGoodbye(peer) {
  for (let bytes = await peer.message(); bytes !== undefined; bytes = await peer.message()) {
    if (String(bytes) === GOODBYE) break;
  }
  await peer.close(1000);
}

/** What is written in place of the answer to an Upgrade request. */
export const ANSWERS = {
  '/invalid': () => 'FOO BAR BAZ\r\n\r\n',
  '/wrong_accept_key': (request) => upgradeAnswer(request, { accept: 'thisisawrongacceptkey' }),
  '/handshake_protocol': (request) =>
    upgradeAnswer(request, { headers: ['Sec-WebSocket-Protocol: foobar'] }),
  '/simple_handshake': (request) =>
    Buffer.concat([
      Buffer.from(upgradeAnswer(request)),
      encodeFrame({ opcode: Opcode.close, payload: closePayload(1001, 'PASS') }),
    ]),
};

/** The same over HTTP/2, as far as it exists there: header fields of the answer. */
export const CONNECT_ANSWERS = {
  '/invalid': { ':status': 400 },
  '/handshake_protocol': { ':status': 200, 'sec-websocket-protocol': 'foobar' },
};
