import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';

import { CoapClient, type ObserveHandler } from '../../src/coap/client.ts';
import { Code } from '../../src/coap/code.ts';
import { decodeMessage, encodeMessage, MessageType, type Message } from '../../src/coap/message.ts';
import { ObserveSequence } from '../../src/coap/observe.ts';
import { findUint, OptionNumber, pathOptions, uintOption } from '../../src/coap/option.ts';
import { CoapServer, type CoapServerOptions, type Observer } from '../../src/coap/server.ts';
import { VirtualEnvironment } from './virtual-environment.ts';
import { VirtualNetwork, type NetworkFaults } from './virtual-network.ts';

const nothing = new Uint8Array(0);
const utf8 = (text: string) => new TextEncoder().encode(text);
const text = ({ payload }: Message) => Buffer.from(payload).toString();

interface Seen {
  responses: string[];
  failures: string[];
}

/** A client alone; the test plays the server. */
function createClient(changes = {}) {
  const environment = new VirtualEnvironment();
  const sent: Message[] = [];
  const client = new CoapClient({
    environment,
    transmit: (datagram) => {
      const result = decodeMessage(datagram);
      if (result.ok) sent.push(result.message);
    },
    ...changes,
  });
  const seen: Seen = { responses: [], failures: [] };
  const get = () =>
    client.request(
      { code: Code.get, options: pathOptions(['a-resource']) },
      {
        response: (response) => seen.responses.push(text(response)),
        failed: (failure) => seen.failures.push(failure),
      },
    );
  const answer = (changed: Partial<Message>) => {
    const { messageId = 0, token = nothing } = sent.at(-1) ?? {};
    client.receive(
      encodeMessage({
        type: MessageType.acknowledgement,
        code: Code.content,
        messageId,
        token,
        options: [],
        payload: utf8('y'),
        ...changed,
      }),
    );
  };
  return { environment, client, sent, seen, get, answer };
}

describe('a request', () => {
  test('is answered by the acknowledgement that carries its token', () => {
    const { get, answer, seen } = createClient();
    get();
    answer({});
    expect(seen).toEqual({ responses: ['y'], failures: [] });
  });

  test('is answered separately, and the response is acknowledged (§5.2.2)', () => {
    const { get, answer, seen, sent } = createClient();
    get();
    const token = sent[0]?.token ?? nothing;
    answer({ code: Code.empty, token: nothing, payload: nothing });
    expect(seen.responses).toEqual([]);
    answer({ type: MessageType.confirmable, messageId: 77, token });
    expect(seen.responses).toEqual(['y']);
    expect(sent.at(-1)).toMatchObject({ type: MessageType.acknowledgement, messageId: 77 });
  });

  test('is not sent again when its response overtakes the acknowledgement', () => {
    const { get, answer, seen, sent, environment } = createClient();
    get();
    answer({ type: MessageType.nonConfirmable, messageId: 77 });
    environment.advance(10_000);
    expect(seen.responses).toEqual(['y']);
    expect(sent).toHaveLength(1);
  });

  test('fails after eight tries without an answer', () => {
    const { get, seen, sent, environment } = createClient();
    get();
    environment.advance(20_000);
    expect(sent).toHaveLength(8);
    expect(seen).toEqual({ responses: [], failures: ['timeout'] });
  });

  test('fails with a Reset, and when the server acknowledges and then falls silent', () => {
    const { get, answer, seen, environment } = createClient();
    get();
    answer({ type: MessageType.reset, code: Code.empty, token: nothing, payload: nothing });
    get();
    answer({ code: Code.empty, token: nothing, payload: nothing });
    environment.advance(30_000);
    expect(seen).toEqual({ responses: [], failures: ['reset', 'no-response'] });
  });

  test('is not answered by a message with another token; that one is rejected (§5.3.2)', () => {
    const { get, answer, seen, sent } = createClient();
    get();
    answer({ type: MessageType.confirmable, messageId: 77, token: Uint8Array.of(1) });
    expect(seen.responses).toEqual([]);
    expect(sent.at(-1)).toMatchObject({ type: MessageType.reset, messageId: 77 });
  });

  test('is repeated with the Echo that a 4.01 carries (RFC 9175 §2.3), but not for ever', () => {
    let challenges = 0;
    const { get, answer, seen, sent } = createClient({ challenged: () => (challenges += 1) });
    get();
    const echo = { number: OptionNumber.echo, value: utf8('proof') };
    const challenge = { code: Code.unauthorized, options: [echo], payload: utf8('echo, please') };
    answer(challenge);
    expect(sent[1]?.options).toContainEqual(echo);
    expect(sent[1]?.token).toEqual(sent[0]?.token);
    answer(challenge);
    answer(challenge);
    expect(sent).toHaveLength(3);
    expect(challenges).toBe(2);
    expect(seen.responses).toEqual(['echo, please']);
  });

  test('ignores what is no message, and rejects what is a broken confirmable one', () => {
    const { client, sent } = createClient();
    client.receive(Uint8Array.of(1, 2, 3));
    client.receive(Uint8Array.of(0x40, 0x45, 0x00, 0x09, 0xf0));
    expect(sent).toMatchObject([{ type: MessageType.reset, messageId: 9 }]);
  });

  test('leaves no timer when the client is closed', () => {
    const { get, client, environment, seen } = createClient();
    get();
    client.close();
    environment.advance(60_000);
    expect(environment.pendingTimers).toBe(0);
    expect(seen).toEqual({ responses: [], failures: [] });
  });
});

/** Client and server over a network in memory. */
function connect(
  request: CoapServerOptions['request'],
  { seed = 1, faults = {} }: { seed?: number; faults?: NetworkFaults } = {},
) {
  const environment = new VirtualEnvironment(seed);
  const network = new VirtualNetwork(environment, faults);
  const parameters = { maxTransmissions: 40 };
  const server = new CoapServer({
    environment,
    parameters,
    hmac: (data) => createHmac('sha256', 'key').update(data).digest(),
    transmit: (datagram, peer) => network.send(datagram, 'server', peer.address),
    screen: () => undefined,
    request,
  });
  const client = new CoapClient({
    environment,
    parameters,
    transmit: (datagram) => network.send(datagram, 'client', 'server'),
  });
  network.attach('server', (datagram, from) => server.receive(datagram, from));
  network.attach('client', (datagram) => client.receive(datagram));
  return { environment, network, server, client };
}

function createObserver() {
  const log: string[] = [];
  const handler: ObserveHandler = {
    notification: (notification) => log.push(text(notification)),
    ended: ({ code }) => log.push(`ended ${code}`),
    failed: (failure) => log.push(failure),
  };
  return { log, handler };
}

describe('an observation (RFC 7641)', () => {
  const resource = () => {
    const sequence = new ObserveSequence();
    let observer: Observer | undefined;
    const connection = connect(({ peer, token, observe }, respond) => {
      observer = observe === 0 ? { peer, token } : undefined;
      respond({ code: Code.content, options: [sequence.takeOption()], payload: utf8('first') });
    });
    const notify = (payload: string, settle = (_type: string) => {}) => {
      if (!observer) throw new Error('nobody observes');
      const response = {
        code: Code.content,
        options: [sequence.takeOption()],
        payload: utf8(payload),
      };
      connection.server.notify(observer, response, ({ type }) => settle(type));
    };
    return { ...connection, notify, observer: () => observer };
  };
  const target = { code: Code.get, options: pathOptions(['a-resource']) };

  test('gets the first state, then each notification', () => {
    const { client, environment, notify } = resource();
    const { log, handler } = createObserver();
    client.observe(target, handler);
    environment.advance(1000);
    notify('second');
    notify('third');
    environment.advance(1000);
    expect(log).toEqual(['first', 'second', 'third']);
  });

  test('is refreshed under the same token (§3.3.1)', () => {
    const { client, environment, observer } = resource();
    const { log, handler } = createObserver();
    const observation = client.observe(target, handler);
    environment.advance(1000);
    const { token } = observer() ?? {};
    observation.refresh();
    environment.advance(1000);
    expect(log).toEqual(['first', 'first']);
    expect(observer()?.token).toEqual(token);
  });

  test('drops a notification that was overtaken (§3.4)', () => {
    const { client, environment, observer, server } = resource();
    const { log, handler } = createObserver();
    client.observe(target, handler);
    environment.advance(1000);
    for (const [number, payload] of [
      [9, 'newer'],
      [8, 'older'],
    ] as const) {
      const options = [uintOption(OptionNumber.observe, number)];
      const response = { code: Code.content, options, payload: utf8(payload) };
      server.notify(
        observer() ?? { peer: { address: '', port: 0 }, token: nothing },
        response,
        () => {},
      );
    }
    environment.advance(1000);
    expect(log).toEqual(['first', 'newer']);
  });

  test('ends with an error notification (§3.2)', () => {
    const { client, environment, observer, server } = resource();
    const { log, handler } = createObserver();
    client.observe(target, handler);
    environment.advance(1000);
    const { peer, token } = observer() ?? { peer: { address: '', port: 0 }, token: nothing };
    server.notify({ peer, token }, { code: Code.notFound }, () => {});
    environment.advance(1000);
    expect(log).toEqual(['first', `ended ${Code.notFound}`]);
  });

  test('that was cancelled is answered with Reset (§3.6)', () => {
    const { client, environment, notify } = resource();
    const { log, handler } = createObserver();
    const observation = client.observe(target, handler);
    environment.advance(1000);
    observation.cancel();
    const outcomes: string[] = [];
    notify('second', (type) => outcomes.push(type));
    environment.advance(1000);
    expect(log).toEqual(['first']);
    expect(outcomes).toEqual(['reset']);
  });

  test('ends when the server does not observe', () => {
    const { client, environment } = connect((_request, respond) => respond({ code: Code.content }));
    const { log, handler } = createObserver();
    client.observe(target, handler);
    environment.advance(1000);
    expect(log).toEqual([`ended ${Code.content}`]);
  });
});

test('over a bad network each request is served once and answered, challenges included', () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const served: number[] = [];
    const { client, environment } = connect(
      ({ payload }, respond) => {
        served.push(payload[0] ?? 0);
        const answer = () => respond({ code: Code.changed, payload });
        // Every other response comes too late to be piggybacked.
        if (served.length % 2 === 0) environment.setTimer(300, answer);
        else answer();
      },
      { seed, faults: { lost: 0.2, duplicated: 0.1, maxDelayMs: 100 } },
    );
    const answered: number[] = [];
    const next = (number: number) => {
      if (number > 20) return;
      const request = {
        code: Code.put,
        options: pathOptions(['a-resource']),
        payload: Uint8Array.of(number),
      };
      client.request(request, {
        response: ({ payload }) => {
          answered.push(payload[0] ?? 0);
          next(number + 1);
        },
        failed: () => {},
      });
    };
    next(1);
    environment.advance(200_000);
    const all = Array.from({ length: 20 }, (_, index) => index + 1);
    expect(served).toEqual(all);
    expect(answered).toEqual(all);
  }
});

test('registers with Observe 0', () => {
  const { client, sent } = createClient();
  client.observe({ code: Code.get, options: [] }, createObserver().handler);
  expect(findUint(sent[0]?.options ?? [], OptionNumber.observe)).toBe(0);
});
