/** What a case is, and what it can say. */
import type { RawPeer } from './raw-peer.ts';

/**
 * must: the RFC says MUST. should: it says SHOULD, or a registered code is expected.
 * strict: the RFC leaves it open and this kit asks for the safer reading.
 */
export type Level = 'must' | 'should' | 'strict';

export type Role = 'server' | 'client';

export interface CaseLimits {
  /** The largest message the engine under test was told to accept, in bytes. */
  maxMessageBytes: number;
}

/** A case over an open connection. It runs against either role: the raw peer masks as it must. */
export interface FrameCase {
  id: string;
  title: string;
  /** Section of RFC 6455 unless another is named. */
  section: string;
  level: Level;
  /** Value of Sec-WebSocket-Extensions for this case's connection; skipped when it is declined. */
  extensions?: string;
  run(peer: RawPeer, limits: CaseLimits): Promise<void>;
}

/** Thrown by a case (or an expectation in it) when the engine did otherwise. */
export class Deviation extends Error {
  override name = 'Deviation';
}

/** Thrown by a case that the engine's configuration leaves without an object. */
export class NotApplicable extends Error {
  override name = 'NotApplicable';
}

export type Verdict = 'pass' | 'fail' | 'not-applicable';

export interface CaseResult {
  id: string;
  title: string;
  section: string;
  level: Level;
  verdict: Verdict;
  /** What the engine did instead; present when it failed. */
  detail?: string;
}
