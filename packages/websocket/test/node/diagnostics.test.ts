import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, onTestFinished, test } from 'vitest';
import { clientCounters, connectWebSocket, type DiagnosticsName } from '@pairwire/websocket';
import { closeFrame, frame, RawPeer, upgradeRequest } from './raw-peer.ts';
import { ECHO, openOne, startServer } from './servers.ts';

const KIB = 1_024;

/** What is published on a channel during one test. */
function listen(name: DiagnosticsName): Record<string, unknown>[] {
  const events: Record<string, unknown>[] = [];
  const channel = `pairwire:websocket:${name}`;
  const onEvent = (event: unknown): void => void events.push(event as Record<string, unknown>);
  subscribe(channel, onEvent);
  onTestFinished(() => void unsubscribe(channel, onEvent));
  return events;
}

describe('server', () => {
  test('counts connections, messages and bytes, and tells open and close', async () => {
    const [opened, ended] = [listen('open'), listen('close')];
    const { server, peer, connection, closed } = await openOne({}, ECHO);
    expect(opened).toEqual([{ connection, role: 'server' }]);
    peer.write(frame('Hello'));
    await peer.frame();
    peer.write(closeFrame(4000, 'a secret'));
    await closed;
    expect(ended).toEqual([{ connection, role: 'server', code: 4000, wasClean: true }]);
    expect(server.counters).toMatchObject({
      connectionsOpened: 1,
      connectionsClosed: 1,
      connectionsFailed: 0,
      messagesReceived: 1,
      messagesSent: 1,
      bytesReceived: 11 + 8 + 'a secret'.length,
      bytesSent: 7 + 4 + 'a secret'.length,
    });
    peer.destroy();
  });

  test('tells and counts an end that is not clean', async () => {
    const ended = listen('close');
    const { server, peer, connection, closed } = await openOne();
    peer.write(frame('', { opcode: 3 }));
    await closed;
    expect(ended).toEqual([
      {
        connection,
        role: 'server',
        code: 1002,
        wasClean: false,
        error: expect.objectContaining({ code: 'PW_WS_RESERVED_OPCODE' }),
      },
    ]);
    expect(server.counters.connectionsFailed).toBe(1);
    peer.destroy();
  });

  test('counts the end of a connection that never had a handler', async () => {
    const { server, port } = await startServer();
    const peer = await RawPeer.open(port);
    peer.write(closeFrame());
    await peer.end();
    await expect.poll(() => server.counters.connectionsClosed).toBe(1);
  });

  test('tells and counts refusals', async () => {
    const refused = listen('refused');
    const { server, port } = await startServer();
    const peer = await RawPeer.connect(port);
    peer.write(upgradeRequest({ method: 'POST' }));
    expect((await peer.refusal()).status).toBe(405);
    expect(refused).toEqual([
      { error: expect.objectContaining({ code: 'PW_WS_METHOD' }), remoteAddress: '127.0.0.1' },
    ]);
    expect(server.counters).toMatchObject({ openingsRefused: 1, connectionsOpened: 0 });
    peer.destroy();
  });

  test('tells drops', async () => {
    const dropped = listen('dropped');
    const { peer, connection } = await openOne({
      overflow: 'drop-newest',
      maxBufferedBytes: 64 * KIB,
    });
    peer.socket.pause();
    while (dropped.length === 0) {
      connection.send(Buffer.alloc(32 * KIB), { key: 'k' });
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(dropped).toEqual([{ connection, role: 'server', bytes: 32 * KIB, key: 'k' }]);
    peer.destroy();
  });

  test('tells the round trip of its heartbeat', async () => {
    const heartbeat = listen('heartbeat');
    const { peer, connection } = await openOne({ pingIntervalMs: 20 });
    const { payload } = await peer.frame();
    peer.write(frame(payload, { opcode: 10 }));
    await expect.poll(() => heartbeat.length).toBeGreaterThan(0);
    expect(heartbeat[0]).toEqual({
      connection,
      role: 'server',
      roundTripMs: connection.roundTripMs,
    });
    peer.destroy();
  });

  test('counts what it let pass, rule by rule, and tells who it was', async () => {
    const lenient = listen('lenient');
    const { server, peer, connection } = await openOne({ refuseNonMinimalLengths: false }, ECHO);
    peer.write(Buffer.concat([1, 2, 3].map(() => frame('x', { lengthBits: 16 }))));
    for (let i = 0; i < 3; i++) await peer.frame();
    peer.write(frame('x', { lengthBits: 64 }));
    await peer.frame();
    expect(server.counters).toMatchObject({ lenientNonMinimalLengths: 4, lenientEarlyFrames: 0 });
    expect(new Set(lenient.map(({ rule }) => rule))).toEqual(new Set(['non-minimal-length']));
    expect(lenient[0]).toEqual({ connection, role: 'server', rule: 'non-minimal-length' });
    peer.destroy();
  });

  test('counts lengths that it refused for not being minimal (§5.2)', async () => {
    const { server, peer } = await openOne({}, ECHO);
    peer.write(frame('x', { lengthBits: 16 }));
    expect(await peer.closeCode()).toBe(1002);
    expect(server.counters).toMatchObject({
      refusedNonMinimalLengths: 1,
      lenientNonMinimalLengths: 0,
    });
    peer.destroy();
  });

  test('counts frames that came before its answer (§4.1)', async () => {
    const lenient = listen('lenient');
    const { server, port } = await startServer({ handler: ECHO });
    const peer = await RawPeer.connect(port);
    peer.write(Buffer.concat([Buffer.from(upgradeRequest()), frame('early')]));
    await peer.head();
    expect((await peer.frame()).payload.toString()).toBe('early');
    expect(server.counters.lenientEarlyFrames).toBe(1);
    expect(lenient.map(({ rule }) => rule)).toEqual(['early-frames']);
    peer.destroy();
  });

  test('tells and counts what the application threw', async () => {
    const failed = listen('failed');
    const failure = new Error('mine');
    const { server, peer } = await openOne(
      { failed() {} },
      {
        message() {
          throw failure;
        },
      },
    );
    peer.write(frame('x'));
    expect(await peer.closeCode()).toBe(1011);
    expect(failed).toEqual([{ error: failure }]);
    expect(server.counters.applicationFailures).toBe(1);
    peer.destroy();
  });
});

describe('client', () => {
  test('counts into one set for the process, and tells its role', async () => {
    const opened = listen('open');
    const before = structuredClone(clientCounters);
    const { url } = await startServer({ handler: ECHO });
    const connection = await connectWebSocket(url, {
      handler: { message: (from) => from.close() },
    });
    connection.send('Hello');
    await expect.poll(() => clientCounters.connectionsClosed).toBe(before.connectionsClosed + 1);
    expect(clientCounters.messagesSent).toBe(before.messagesSent + 1);
    expect(clientCounters.messagesReceived).toBe(before.messagesReceived + 1);
    expect(clientCounters.connectionsFailed).toBe(before.connectionsFailed);
    expect(opened.map(({ role }) => role)).toEqual(['server', 'client']);
  });
});
