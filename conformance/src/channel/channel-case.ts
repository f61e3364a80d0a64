import { Deviation } from '../case.ts';
import type { Answer, ChannelTarget } from './channel-peer.ts';
import { encodeEntry, EntryType } from './channel-wire.ts';

/** What docs/protocol/channel.md asks of a server. */
export interface ChannelCase {
  readonly id: string;
  readonly title: string;
  /** Of docs/protocol/channel.md. */
  readonly section: string;
  run(target: ChannelTarget): Promise<void>;
}

export const text = (payload: string | Buffer) => encodeEntry(EntryType.text, payload);
export const binary = (payload: Buffer) => encodeEntry(EntryType.binary, payload);

export function expectStatus({ status }: { status: number }, ...expected: number[]): void {
  if (!expected.includes(status)) {
    throw new Deviation(`answered with ${status} instead of ${expected.join(' or ')}`);
  }
}

/** No cache or converter may keep or change it. */
export function expectUncached(headers: Answer['headers']): void {
  for (const [name, value] of [
    ['cache-control', /\bno-store\b.*\bno-transform\b/],
    ['x-content-type-options', /^nosniff$/],
    ['x-accel-buffering', /^no$/],
    ['vary', /\bOrigin\b/i],
  ] as const) {
    const given = String(headers[name]);
    if (!value.test(given)) throw new Deviation(`${name} is ${given}`);
  }
}
