/**
 * What the relay saw: all bytes in and out (unmasked), its log at the finest level, and its whole
 * memory, where the store lives too. None of it may hold the GUID, its halves, the keys that are
 * derived from it, or a word of the text.
 */
import { readdir, readFile, rm, watch, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectChannel } from '@pairwire/channel/client';
import { deriveLink } from '@pairwire/pairing';
import { WebSocket } from '@pairwire/websocket';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeFrame } from '../../conformance/src/wire.ts';
import { createCoapPipe } from '../../packages/pairwire/src/simulator/coap-pipe.ts';
import { pair, type Ends } from './ends.ts';
import { startUp, type Up } from './program.ts';
import { TcpProxy } from './tcp-proxy.ts';
import { LossyUdpProxy } from './udp-proxy.ts';

const WORDS = ['correcthorse', 'batterystaple', '端到端加密的句子', 'unfinishedlivetext'];

let heapFolder: string;
let up: Up;
let tcp: TcpProxy;
let udp: LossyUdpProxy;
let ends: Ends;

beforeAll(async () => {
  heapFolder = await mkdtemp(join(tmpdir(), 'pairwire-heap-'));
  up = await startUp(
    ['--log-level', 'trace'],
    ['--heapsnapshot-signal=SIGUSR2', `--diagnostic-dir=${heapFolder}`],
  );
  tcp = new TcpProxy(up.port);
  udp = new LossyUdpProxy({ targetPort: up.udpPort });
  const tcpPort = await tcp.listen();
  const udpPort = await udp.listen();
  ends = await pair(
    (handler) => connectChannel(`http://127.0.0.1:${tcpPort}`, handler, { WebSocket }),
    createCoapPipe({ host: '127.0.0.1', port: udpPort }),
  );
  for (const word of WORDS.slice(0, 3)) {
    ends.page.sendMessage(`from the page: ${word}`);
    ends.phone.sendMessage(`from the phone: ${word}`);
  }
  const live = 'unfinishedlivetext';
  const field = { text: live, selectionStart: live.length, selectionEnd: live.length };
  ends.phone.setField(field);
  await ends.atPage.until(({ messages, field: text }) => messages.length === 3 && text === live);
  await ends.atPhone.until(({ messages }) => messages.length === 3);
});

afterAll(async () => {
  ends.stop();
  await tcp.close();
  await udp.close();
  await up.program.end();
  await rm(heapFolder, { recursive: true });
});

/** Every form in which a secret could stand in bytes, each with a name for the failure. */
function secrets(): [string, Buffer][] {
  const { guid } = ends;
  const bytes = Buffer.from(guid.replaceAll('-', ''), 'hex');
  const { psk } = deriveLink(guid);
  const raw: [string, Uint8Array][] = [
    ['GUID', bytes],
    ['first half of the GUID', bytes.subarray(0, 8)],
    ['second half of the GUID', bytes.subarray(8)],
    ['psk', psk],
  ];
  const forms = raw.flatMap(([name, value]): [string, Buffer][] => {
    const buffer = Buffer.from(value);
    return [
      [`${name}, raw`, buffer],
      [`${name}, hex`, Buffer.from(buffer.toString('hex'))],
      [`${name}, base64`, Buffer.from(buffer.toString('base64').replace(/=+$/, ''))],
      [`${name}, base64url`, Buffer.from(buffer.toString('base64url'))],
    ];
  });
  const halves = [guid, guid.slice(0, 18), guid.slice(19)];
  return [
    ...forms,
    ...halves.map((text): [string, Buffer] => [`GUID text ${text}`, Buffer.from(text)]),
    ...WORDS.flatMap((word): [string, Buffer][] => [
      [`the word ${word}`, Buffer.from(word)],
      [`the word ${word} in UTF-16`, Buffer.from(word, 'utf16le')],
      [`the word ${word} in JSON`, Buffer.from(escapeNonAscii(word))],
    ]),
  ];
}

/** As a heap snapshot writes strings. */
function escapeNonAscii(text: string): string {
  return text.replace(/[\u0080-\uffff]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
  });
}

async function takeHeapSnapshot(): Promise<Buffer> {
  const watcher = watch(heapFolder, { signal: AbortSignal.timeout(20_000) });
  up.program.signal('SIGUSR2');
  for await (const _ of watcher) break;
  // Writing blocks the program, so once it answers again the file is whole.
  await fetch(`http://127.0.0.1:${up.port}/healthz`);
  const [file = ''] = await readdir(heapFolder);
  return readFile(join(heapFolder, file));
}

function findIn(haystack: Buffer): string[] {
  return secrets().flatMap(([name, needle]) => (haystack.includes(needle) ? [name] : []));
}

/** The payloads of the frames that went one way, unmasked, behind the opening handshake. */
function payloads(chunks: Buffer[]): Buffer {
  const all = Buffer.concat(chunks);
  const head = all.indexOf('\r\n\r\n') + 4;
  const found: Buffer[] = [all.subarray(0, head)];
  let rest: Buffer = all.subarray(head);
  for (;;) {
    const decoded = decodeFrame(rest);
    if (!decoded) return Buffer.concat(found);
    found.push(decoded.frame.payload);
    rest = decoded.rest;
  }
}

describe('the relay', () => {
  test('carried the bytes that are searched: the link id is among them', () => {
    const { linkId } = deriveLink(ends.guid);
    const all = tcp.conversations.map(({ fromClient }) => payloads(fromClient));
    expect(Buffer.concat(all).includes(Buffer.from(linkId).toString('base64url'))).toBe(true);
  });

  test('saw no secret and no text on the page side', () => {
    const ways = tcp.conversations.flatMap(({ fromClient, fromServer }) => [
      fromClient,
      fromServer,
    ]);
    expect(findIn(Buffer.concat(ways.map(payloads)))).toEqual([]);
    expect(findIn(Buffer.concat(ways.flat()))).toEqual([]);
  });

  test('saw no secret and no text on the phone side, where the gateway is the relay too', () => {
    expect(udp.datagrams.length).toBeGreaterThan(10);
    expect(findIn(Buffer.concat(udp.datagrams))).toEqual([]);
  });

  test('logged no secret, no text and no link id', () => {
    const { linkId } = deriveLink(ends.guid);
    const log = Buffer.from(up.program.output);
    expect(log.length).toBeGreaterThan(0);
    expect(findIn(log)).toEqual([]);
    expect(log.includes(Buffer.from(linkId).toString('base64url'))).toBe(false);
    expect(log.includes(Buffer.from(linkId).toString('hex'))).toBe(false);
  });

  test('holds no secret and no text in its memory, its store included', async () => {
    const snapshot = await takeHeapSnapshot();
    const linkId = Buffer.from(deriveLink(ends.guid).linkId).toString('base64url');
    expect(snapshot.includes(linkId)).toBe(true);
    expect(findIn(snapshot)).toEqual([]);
  });
});
