/**
 * What the two sides tell each other first, inside msg1 and msg2. docs/protocol/pairing.md §5.3.
 *
 * JSON, so that later versions can add fields: unknown ones are ignored.
 */
import * as v from 'valibot';
import { concatBytes } from './bytes.ts';
import { toWellFormed } from './code-points.ts';
import { MAX_TEXT_BYTES } from './edit.ts';
import { CONFIRM_POLICIES, type ConfirmPolicy } from './endpoint.ts';
import { pad, unpad } from './padding.ts';
import { PUBLIC_KEY_BYTES } from './rendezvous.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

export const PAIRING_VERSION = 1;
const MAX_NAME_CODE_POINTS = 64;
/** Before both sides have accepted, the relay forwards no longer envelope. */
const MAX_INTRODUCTION_BYTES = 3072;

/** The phone's introduction (msg1). */
export interface Hello {
  /** pkF: the page seals to it. */
  key: Uint8Array;
  name: string;
  language: string;
  versions: number[];
  /** Whether this end runs in a secure context or is a native program. Absent: false. */
  secure?: boolean;
  /** Whether this end takes secrets (§9.4). Absent: false. */
  secrets?: boolean;
  /** Whether this end takes part in renewals of keys (§10). Absent: false. */
  resumes?: boolean;
  /** Whether this end can remember the other one (§16). Absent: false. */
  remembers?: boolean;
  /** How far this end has come, when it takes up a link again (§10.3). */
  finals?: FinalsPosition | undefined;
}

/** Where one end stands with finished texts. docs/protocol/pairing.md §10.3. */
export interface FinalsPosition {
  /** The newest id that it has from the other side; 0: none. */
  received: number;
  /** The oldest id that it will send now, or would. */
  next: number;
}

/** The page's answer (msg2). */
export interface Answer {
  label: string;
  version: number;
  confirm: ConfirmPolicy;
  limits: { textBytes: number };
  /** As in the hello. */
  secure?: boolean;
  secrets?: boolean;
  resumes?: boolean;
  remembers?: boolean;
  finals?: FinalsPosition | undefined;
}

const name = v.pipe(v.string(), v.maxLength(1024), v.transform(toDisplayName));

/** Anything but `true` claims nothing: an end must not look better than it says. */
const claim = v.fallback(v.optional(v.boolean(), false), false);

const finalId = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const finals = v.optional(v.object({ received: finalId, next: finalId }));

const HelloSchema = v.object({
  name,
  language: v.fallback(v.pipe(v.string(), v.regex(/^[A-Za-z0-9-]{1,35}$/)), 'und'),
  versions: v.pipe(v.array(v.pipe(v.number(), v.integer())), v.maxLength(16)),
  secure: claim,
  secrets: claim,
  resumes: claim,
  remembers: claim,
  finals,
});

const AnswerSchema = v.object({
  label: name,
  version: v.literal(PAIRING_VERSION),
  confirm: v.picklist(CONFIRM_POLICIES),
  limits: v.object({
    textBytes: v.pipe(v.number(), v.integer(), v.minValue(1024), v.maxValue(MAX_TEXT_BYTES)),
  }),
  secure: claim,
  secrets: claim,
  resumes: claim,
  remembers: claim,
  finals,
});

/**
 * A name as it may be shown: no control characters, no direction marks that could rearrange the
 * text around it, no more than 64 code points.
 */
export function toDisplayName(text: string): string {
  const plain = toWellFormed(text)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, ' ')
    .trim();
  return Array.from(plain).slice(0, MAX_NAME_CODE_POINTS).join('');
}

export function encodeHello({ key, ...rest }: Hello): Uint8Array {
  return pad(concatBytes(key, encodeUtf8(JSON.stringify(rest))));
}

/** @returns undefined when it is not a hello. */
export function decodeHello(padded: Uint8Array): Hello | undefined {
  const body = unpadShort(padded);
  if (body === undefined || body.length < PUBLIC_KEY_BYTES) return undefined;
  const rest = parse(HelloSchema, body.subarray(PUBLIC_KEY_BYTES));
  return rest && { key: body.slice(0, PUBLIC_KEY_BYTES), ...rest };
}

export function encodeAnswer(answer: Answer): Uint8Array {
  return pad(encodeUtf8(JSON.stringify(answer)));
}

/** @returns undefined when it is not an answer. */
export function decodeAnswer(padded: Uint8Array): Answer | undefined {
  const body = unpadShort(padded);
  return body && parse(AnswerSchema, body);
}

function unpadShort(padded: Uint8Array): Uint8Array | undefined {
  return padded.length > MAX_INTRODUCTION_BYTES ? undefined : unpad(padded);
}

function parse<S extends v.GenericSchema>(
  schema: S,
  bytes: Uint8Array,
): v.InferOutput<S> | undefined {
  const text = decodeUtf8(bytes);
  if (text === undefined) return undefined;
  try {
    const result = v.safeParse(schema, JSON.parse(text));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}
