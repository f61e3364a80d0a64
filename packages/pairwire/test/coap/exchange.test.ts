import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { Code } from '../../src/coap/code.ts';
import { ExchangeLayer, type Outcome } from '../../src/coap/exchange.ts';
import {
  createEmptyMessage,
  decodeMessage,
  encodeMessage,
  MessageType,
  type Message,
  type MessageContent,
} from '../../src/coap/message.ts';
import { DEFAULT_TRANSMISSION } from '../../src/coap/transmission.ts';
import { VirtualEnvironment } from './virtual-environment.ts';
import { VirtualNetwork } from './virtual-network.ts';

const PEER = { address: '192.0.2.1', port: 5683 };
const nothing = new Uint8Array(0);
const content = (payload: string): MessageContent => ({
  code: Code.put,
  token: nothing,
  options: [],
  payload: new TextEncoder().encode(payload),
});

function decode(datagram: Uint8Array | undefined): Message {
  const result = decodeMessage(datagram ?? nothing);
  if (!result.ok) throw new Error(result.error.code);
  return result.message;
}

function createLayer(limits = {}) {
  const environment = new VirtualEnvironment();
  const sent: { datagram: Uint8Array; atMs: number }[] = [];
  const received: Message[] = [];
  const layer = new ExchangeLayer({
    environment,
    parameters: DEFAULT_TRANSMISSION,
    limits,
    transmit: (datagram) => sent.push({ datagram, atMs: environment.nowMs() }),
    message: (message) => received.push(message),
  });
  return { environment, layer, sent, received };
}

describe('a confirmable message (§4.2)', () => {
  test('is sent 8 times with the same bytes, waits doubling from 250 ms to 2 s with jitter, then times out', () => {
    const { environment, layer, sent } = createLayer();
    const outcomes: Outcome[] = [];
    layer.send(content('x'), PEER, (outcome) => outcomes.push(outcome));
    environment.advance(60_000);
    expect(sent).toHaveLength(8);
    for (const { datagram } of sent) expect(datagram).toEqual(sent[0]?.datagram);
    const waits = sent.slice(1).map(({ atMs }, index) => atMs - (sent[index]?.atMs ?? 0));
    for (const [index, least] of [250, 500, 1000, 2000, 2000, 2000, 2000].entries()) {
      expect(waits[index]).toBeGreaterThanOrEqual(least);
      expect(waits[index]).toBeLessThanOrEqual(least * 1.5);
    }
    expect(outcomes).toEqual([{ type: 'timeout' }]);
  });

  test('is not repeated after its acknowledgement', () => {
    const { environment, layer, sent } = createLayer();
    const outcomes: Outcome[] = [];
    layer.send(content('x'), PEER, (outcome) => outcomes.push(outcome));
    const { messageId } = decode(sent[0]?.datagram);
    layer.receive(createEmptyMessage(MessageType.acknowledgement, messageId), PEER);
    environment.advance(60_000);
    expect(sent).toHaveLength(1);
    expect(outcomes).toEqual([{ type: 'acknowledged' }]);
  });

  test('hands on the response that its acknowledgement carries (§5.2.1)', () => {
    const { layer, sent } = createLayer();
    const outcomes: Outcome[] = [];
    layer.send(content('x'), PEER, (outcome) => outcomes.push(outcome));
    const { messageId } = decode(sent[0]?.datagram);
    const response = {
      ...content('y'),
      code: Code.changed,
      type: MessageType.acknowledgement,
      messageId,
    };
    layer.receive(response, PEER);
    expect(outcomes).toEqual([{ type: 'acknowledged', response }]);
  });

  test('ends with a Reset', () => {
    const { layer, sent } = createLayer();
    const outcomes: Outcome[] = [];
    layer.send(content('x'), PEER, (outcome) => outcomes.push(outcome));
    layer.receive(createEmptyMessage(MessageType.reset, decode(sent[0]?.datagram).messageId), PEER);
    expect(outcomes).toEqual([{ type: 'reset' }]);
  });

  test('is not settled by an acknowledgement of another id or from another peer', () => {
    const { layer, sent } = createLayer();
    const outcomes: Outcome[] = [];
    layer.send(content('x'), PEER, (outcome) => outcomes.push(outcome));
    const { messageId } = decode(sent[0]?.datagram);
    const { acknowledgement } = MessageType;
    layer.receive(createEmptyMessage(acknowledgement, (messageId + 1) & 0xffff), PEER);
    layer.receive(createEmptyMessage(acknowledgement, messageId), { ...PEER, port: 1 });
    expect(outcomes).toEqual([]);
  });

  test('stops when it is cancelled, and the next one takes its place', () => {
    const { environment, layer, sent } = createLayer();
    const outcomes: Outcome[] = [];
    const first = layer.send(content('1'), PEER, (outcome) => outcomes.push(outcome));
    layer.send(content('2'), PEER, (outcome) => outcomes.push(outcome));
    first?.cancel();
    environment.advance(60_000);
    const payloads = sent.map(({ datagram }) => Buffer.from(decode(datagram).payload).toString());
    expect(payloads).toEqual(['1', ...Array.from({ length: 8 }, () => '2')]);
    expect(outcomes).toEqual([{ type: 'timeout' }]);
  });
});

describe('NSTART = 1 (§4.7)', () => {
  test('the second message to a peer waits for the end of the first, one to another peer does not', () => {
    const { layer, sent } = createLayer();
    const other = { address: '192.0.2.2', port: 5683 };
    layer.send(content('1'), PEER, () => {});
    layer.send(content('2'), PEER, () => {});
    layer.send(content('3'), other, () => {});
    expect(sent).toHaveLength(2);
    const first = decode(sent[0]?.datagram);
    layer.receive(createEmptyMessage(MessageType.acknowledgement, first.messageId), PEER);
    expect(Buffer.from(decode(sent[2]?.datagram).payload).toString()).toBe('2');
    expect(decode(sent[2]?.datagram).messageId).toBe((first.messageId + 1) & 0xffff);
  });

  test('a full queue refuses', () => {
    const { layer } = createLayer({ maxQueued: 2 });
    const taken = ['1', '2', '3', '4'].map((text) => layer.send(content(text), PEER, () => {}));
    expect(taken.map(Boolean)).toEqual([true, true, true, false]);
  });
});

describe('a message that comes twice (§4.2)', () => {
  const incoming: Message = { ...content('x'), type: MessageType.confirmable, messageId: 7 };

  test('is handed on once, and the reply is repeated', () => {
    const { layer, sent, received } = createLayer();
    layer.receive(incoming, PEER);
    layer.receive(incoming, PEER);
    expect(sent).toHaveLength(0);
    layer.acknowledge(7, PEER, { ...content('y'), code: Code.changed });
    layer.receive(incoming, PEER);
    expect(received).toHaveLength(1);
    expect(sent).toHaveLength(2);
    expect(sent[1]?.datagram).toEqual(sent[0]?.datagram);
  });

  test('is a new one from another port, or after the exchange lifetime', () => {
    const { environment, layer, received } = createLayer();
    layer.receive(incoming, PEER);
    layer.receive(incoming, { ...PEER, port: 1 });
    environment.advance(DEFAULT_TRANSMISSION.exchangeLifetimeMs);
    layer.receive(incoming, PEER);
    expect(received).toHaveLength(3);
  });

  test('non-confirmable is not answered again', () => {
    const { layer, sent, received } = createLayer();
    const once = { ...incoming, type: MessageType.nonConfirmable };
    layer.receive(once, PEER);
    layer.receive(once, PEER);
    expect(received).toHaveLength(1);
    expect(sent).toHaveLength(0);
  });
});

test('a ping is answered with Reset (§4.3)', () => {
  const { layer, sent, received } = createLayer();
  layer.receive(createEmptyMessage(MessageType.confirmable, 99), PEER);
  expect(received).toHaveLength(0);
  expect(sent[0]?.datagram).toEqual(encodeMessage(createEmptyMessage(MessageType.reset, 99)));
});

describe('memory', () => {
  test('remembers as many ids per peer and as many peers as it is told', () => {
    const { layer, received } = createLayer({ maxPeers: 3, maxRememberedIds: 2 });
    for (let messageId = 0; messageId < 10; messageId += 1) {
      layer.receive({ ...content(''), type: MessageType.confirmable, messageId }, PEER);
    }
    layer.receive({ ...content(''), type: MessageType.confirmable, messageId: 9 }, PEER);
    layer.receive({ ...content(''), type: MessageType.confirmable, messageId: 0 }, PEER);
    expect(received).toHaveLength(11);
    for (let port = 0; port < 10; port += 1) {
      layer.receive(
        { ...content(''), type: MessageType.confirmable, messageId: 1 },
        { ...PEER, port },
      );
    }
    expect(layer.size).toBe(3);
  });

  test('a busy peer is forgotten only when all are busy, and its messages then time out', () => {
    const { layer } = createLayer({ maxPeers: 2 });
    const outcomes: Outcome[] = [];
    layer.send(content('x'), PEER, (outcome) => outcomes.push(outcome));
    for (let port = 0; port < 5; port += 1) {
      layer.receive(
        { ...content(''), type: MessageType.confirmable, messageId: 1 },
        { ...PEER, port },
      );
    }
    expect(outcomes).toEqual([]);
    layer.send(content('x'), { ...PEER, port: 10 }, () => {});
    layer.send(content('x'), { ...PEER, port: 11 }, () => {});
    expect(outcomes).toEqual([{ type: 'timeout' }]);
  });

  test('a silent peer is forgotten after the exchange lifetime, and no timer is left', () => {
    const { environment, layer } = createLayer();
    layer.receive({ ...content(''), type: MessageType.confirmable, messageId: 1 }, PEER);
    environment.advance(2 * DEFAULT_TRANSMISSION.exchangeLifetimeMs);
    expect(layer.size).toBe(0);
    expect(environment.pendingTimers).toBe(0);
  });

  test('closing leaves no timer', () => {
    const { environment, layer } = createLayer();
    layer.send(content('x'), PEER, () => {});
    layer.receive({ ...content(''), type: MessageType.confirmable, messageId: 1 }, PEER);
    layer.close();
    expect(environment.pendingTimers).toBe(0);
  });
});

test('over a network that loses, doubles and reorders, every message arrives once and in order', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const environment = new VirtualEnvironment(seed);
      const network = new VirtualNetwork(environment, {
        lost: 0.3,
        duplicated: 0.2,
        maxDelayMs: 400,
      });
      const arrived: string[] = [];
      const create = (address: string, message: (message: Message) => void) => {
        const layer = new ExchangeLayer({
          environment,
          parameters: {
            ...DEFAULT_TRANSMISSION,
            maxTransmissions: 50,
            exchangeLifetimeMs: 600_000,
          },
          limits: { maxQueued: 100, maxRememberedIds: 100 },
          transmit: (datagram, peer) => network.send(datagram, address, peer.address),
          message,
        });
        network.attach(address, (datagram, from) => layer.receive(decode(datagram), from));
        return layer;
      };
      const sender = create('a', () => {});
      const receiver = create('b', (message) => {
        arrived.push(Buffer.from(message.payload).toString());
        receiver.acknowledge(message.messageId, { address: 'a', port: 1 });
      });
      const texts = Array.from({ length: 30 }, (_, index) => `message ${index}`);
      let acknowledged = 0;
      for (const text of texts) {
        sender.send(content(text), { address: 'b', port: 1 }, ({ type }) => {
          if (type === 'acknowledged') acknowledged += 1;
        });
      }
      environment.advance(500_000);
      expect(arrived).toEqual(texts);
      expect(acknowledged).toBe(texts.length);
    }),
    { numRuns: 50 },
  );
});
