/**
 * What an end keeps to take up its link after a reload or a crash. docs/protocol/pairing.md §10.4
 * and docs/decisions/0007-what-survives-a-reload.md.
 *
 * Never a key that sealed anything: a restored end always agrees on fresh ones, so that no copy of
 * this state, however old or often restored, can seal twice under one number.
 */
import * as v from 'valibot';
import { decodeBase64url, encodeBase64url } from './base64url.ts';
import type { KeptConversation } from './conversation.ts';
import { MAX_TEXT_BYTES } from './edit.ts';
import { LINK_ID_BYTES, SIDE_TOKEN_BYTES, type Side } from './rendezvous.ts';
import { REMEMBER_SECRET_BYTES } from './remember-secret.ts';
import type { KeptRemembering } from './remembering.ts';
import { MAX_RESUME_SECRETS, RESUME_SECRET_BYTES } from './resume-secret.ts';

/**
 * Holds one text for one end, where it outlives the page: sessionStorage, a file. All calls are
 * synchronous; what `save` was given must be there once it has returned. They may throw: the link
 * then goes on, and does not survive a reload.
 */
export interface ResumeStore {
  load(): string | undefined;
  save(state: string): void;
  clear(): void;
}

/** What the other end has said of itself. */
export interface KnownPeer {
  name: string;
  secure: boolean;
  secrets: boolean;
  resumes: boolean;
  remembers: boolean;
  /** The longest text that it takes, in bytes. */
  textBytes: number;
}

export interface ResumeState {
  side: Side;
  linkId: Uint8Array;
  token: string;
  epoch: string;
  /** Newest first, one or two. */
  secrets: Uint8Array[];
  peer: KnownPeer;
  conversation: KeptConversation;
  remembering?: KeptRemembering | undefined;
}

/** Bytes of that length, kept as base64url. */
export const decodedBytes = (length: number) =>
  v.pipe(
    v.string(),
    v.transform((text) => decodeBase64url(text)),
    v.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length === length),
  );
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const text = v.pipe(v.string(), v.maxBytes(MAX_TEXT_BYTES));

const ResumeStateSchema = v.object({
  v: v.literal(1),
  side: v.picklist(['page', 'phone']),
  linkId: decodedBytes(LINK_ID_BYTES),
  token: v.pipe(v.string(), v.length(Math.ceil((SIDE_TOKEN_BYTES * 4) / 3))),
  epoch: v.pipe(v.string(), v.maxLength(64)),
  secrets: v.pipe(
    v.array(decodedBytes(RESUME_SECRET_BYTES)),
    v.minLength(1),
    v.maxLength(MAX_RESUME_SECRETS),
  ),
  peer: v.object({
    name: v.string(),
    secure: v.boolean(),
    secrets: v.boolean(),
    resumes: v.boolean(),
    remembers: v.optional(v.boolean(), false),
    textBytes: v.pipe(count, v.minValue(1024), v.maxValue(MAX_TEXT_BYTES)),
  }),
  conversation: v.object({
    received: count,
    finals: v.object({
      lastId: count,
      lastKey: count,
      unsent: v.array(
        v.object({
          key: v.string(),
          id: v.optional(count),
          text,
          secret: v.boolean(),
        }),
      ),
      awaitingShown: v.array(v.tuple([count, v.string()])),
    }),
    field: v.object({
      text,
      selectionStart: count,
      selectionEnd: count,
    }),
  }),
  remembering: v.optional(
    v.object({
      id: v.string(),
      secret: v.optional(decodedBytes(REMEMBER_SECRET_BYTES)),
      own: v.boolean(),
      peer: v.boolean(),
      generation: v.optional(count),
    }),
  ),
});

export function formatResumeState(state: ResumeState): string {
  const { linkId, secrets, remembering, ...rest } = state;
  const first = remembering?.secret;
  return JSON.stringify({
    v: 1,
    linkId: encodeBase64url(linkId),
    secrets: secrets.map((secret) => encodeBase64url(secret)),
    ...(remembering && {
      remembering: { ...remembering, ...(first && { secret: encodeBase64url(first) }) },
    }),
    ...rest,
  });
}

/** @returns undefined for anything but a state of this version and that side */
export function parseResumeState(text: string | undefined, side: Side): ResumeState | undefined {
  if (text === undefined) return undefined;
  try {
    const result = v.safeParse(ResumeStateSchema, JSON.parse(text));
    return result.success && result.output.side === side ? result.output : undefined;
  } catch {
    return undefined;
  }
}
