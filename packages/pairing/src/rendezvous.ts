/**
 * What an endpoint (page or phone) and the relay say to each other, version 1.
 *
 * This is all of pairing that the relay may import: it names links, seats and reasons, and moves
 * sealed bodies it cannot open. Control messages are JSON text packets; everything that the two
 * endpoints say to each other travels in binary envelopes. docs/protocol/pairing.md §3.
 */
import * as v from 'valibot';

export const RENDEZVOUS_VERSION = 1;
export const LINK_ID_BYTES = 16;
export const SIDE_TOKEN_BYTES = 32;
export const PUBLIC_KEY_BYTES = 32;
/** A control message longer than this is refused unread. */
export const MAX_CONTROL_BYTES = 4096;

export type Side = 'page' | 'phone';
export type Presence = 'here' | 'asleep' | 'gone';

/** Why a link ended. Operators count these; neither side's text is needed to understand them. */
export const END_REASONS = [
  'happy',
  'lonely',
  'rejected',
  'crowded',
  'scary',
  'expired',
  'errory',
] as const;
export type EndReason = (typeof END_REASONS)[number];

/** Why the relay refused a request; the channel stays open unless a close code says otherwise. */
export const REFUSALS = [
  'bad-request',
  'unknown-link',
  'expired',
  'crowded',
  'wrong-token',
  'too-many',
  'too-large',
  'version',
] as const;
export type Refusal = (typeof REFUSALS)[number];

/**
 * Close codes of the relay (RFC 6455 §7.4.2, private range).
 * 4000–4099: come back after a pause. 4100–4199: do not come back with the same request.
 */
export const RelayCloseCode = {
  restarting: 4000,
  slow: 4001,
  replaced: 4100,
  badRequest: 4101,
  tooMany: 4102,
  tooLarge: 4103,
} as const;

export function mayComeBack(closeCode: number): boolean {
  return closeCode < 4100 || closeCode > 4199;
}

/** Whoever said this goes, and another one is there or soon will be: RFC 6455 §7.4.1, its registry, ours. */
export function mayComeBackAtOnce(closeCode: number): boolean {
  return closeCode === 1001 || closeCode === 1012 || closeCode === RelayCloseCode.restarting;
}

const base64url = (bytes: number) => {
  const length = Math.ceil((bytes * 4) / 3);
  return v.pipe(v.string(), v.regex(new RegExp(`^[A-Za-z0-9_-]{${length}}$`)));
};
const linkId = base64url(LINK_ID_BYTES);
const token = base64url(SIDE_TOKEN_BYTES);
const version = v.literal(RENDEZVOUS_VERSION);
const side = v.picklist(['page', 'phone']);

/** Endpoint → relay. */
export const RequestSchema = v.variant('type', [
  /** Page: here is a link that a phone may claim. */
  v.strictObject({
    type: v.literal('open'),
    v: version,
    link: linkId,
    key: base64url(PUBLIC_KEY_BYTES),
  }),
  /** Phone page was loaded; binds nothing. */
  v.strictObject({ type: v.literal('visit'), v: version, link: linkId }),
  /** Phone: the person tapped. */
  v.strictObject({ type: v.literal('claim'), v: version, link: linkId }),
  /** Either side, on a new channel: take my seat back. `epoch` is the one the token came with. */
  v.strictObject({
    type: v.literal('again'),
    v: version,
    link: linkId,
    side,
    token,
    epoch: v.pipe(v.string(), v.maxLength(64)),
  }),
  /**
   * Either side: I remember whoever has the other seat here, and wait. There is no token: only the
   * two ends can know this link, and the newest to come has the seat.
   */
  v.strictObject({ type: v.literal('meet'), v: version, link: linkId, side }),
  /** Either side, in its seat: whether its person is there to look. Answered with `peer`, so it also tells a dead pipe from a live one. */
  v.strictObject({
    type: v.literal('presence'),
    link: linkId,
    presence: v.picklist(['here', 'asleep']),
  }),
  /** Either side: I have accepted the other one. When both said so the link is connected. */
  v.strictObject({ type: v.literal('accept'), link: linkId }),
  /** Either side: this link is over. */
  v.strictObject({ type: v.literal('end'), link: linkId, reason: v.picklist(END_REASONS) }),
]);
export type Request = v.InferOutput<typeof RequestSchema>;

const presence = v.picklist(['here', 'asleep', 'gone']);
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** Relay → endpoint. */
export const ReplySchema = v.variant('type', [
  /** First message on every channel. */
  v.object({
    type: v.literal('welcome'),
    v: version,
    epoch: v.string(),
    limits: v.object({
      envelopeBytes: count,
      recordsPerSecond: count,
      bytesPerSecond: count,
      /** Links one pipe may wait at with `meet`. Absent: the relay knows no `meet`. */
      meetings: v.optional(count),
    }),
  }),
  /** To the page: the link is open; `token` takes the seat back later. */
  v.object({
    type: v.literal('waiting'),
    link: linkId,
    token,
    epoch: v.string(),
    expiresInMs: count,
  }),
  /** To the page: somebody loaded the phone page of this link. */
  v.object({ type: v.literal('opened'), link: linkId }),
  /** To the phone, answering `visit`. */
  v.object({ type: v.literal('visited'), link: linkId, ageMs: count }),
  /** To the phone, answering `claim`: the seat is yours, this is the page's key. */
  v.object({
    type: v.literal('claimed'),
    link: linkId,
    key: base64url(PUBLIC_KEY_BYTES),
    token,
    epoch: v.string(),
  }),
  /** To either side, answering `again` and `meet`. `token` replaces the old one. */
  v.object({ type: v.literal('attached'), link: linkId, token, epoch: v.string(), peer: presence }),
  /** To either side: the other one came, fell asleep, or is gone. The page first hears of a claim this way. */
  v.object({ type: v.literal('peer'), link: linkId, presence }),
  /** To both sides: the link is over and forgotten. */
  v.object({ type: v.literal('ended'), link: linkId, reason: v.picklist(END_REASONS) }),
  /** The last request was refused. `path` names the field of a `bad-request`. */
  v.object({
    type: v.literal('refused'),
    reason: v.picklist(REFUSALS),
    link: v.optional(linkId),
    path: v.optional(v.string()),
    retryAfterMs: v.optional(count),
  }),
]);
export type Reply = v.InferOutput<typeof ReplySchema>;

export type Parsed<T> = { ok: true; value: T } | { ok: false; path: string; problem: string };

export function parseRequest(text: string): Parsed<Request> {
  return parse(RequestSchema, text);
}

export function parseReply(text: string): Parsed<Reply> {
  return parse(ReplySchema, text);
}

function parse<S extends v.GenericSchema>(schema: S, text: string): Parsed<v.InferOutput<S>> {
  if (text.length > MAX_CONTROL_BYTES) return { ok: false, path: '', problem: 'too long' };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, path: '', problem: 'not JSON' };
  }
  const result = v.safeParse(schema, json);
  if (result.success) return { ok: true, value: result.output };
  const issue = result.issues[0];
  return { ok: false, path: v.getDotPath(issue) ?? '', problem: issue.type };
}

export function formatRequest(request: Request): string {
  return JSON.stringify(request);
}

export function formatReply(reply: Reply): string {
  return JSON.stringify(reply);
}

/** What an envelope carries from one endpoint to the other. The relay looks at nothing beyond it. */
export const EnvelopeKind = {
  /** msg1, phone → page: the phone's sealed introduction. */
  hello: 1,
  /** msg2, page → phone: the page's sealed answer. */
  answer: 2,
  /** A sealed, numbered record: n (u64, network order), then the ciphertext. */
  record: 3,
  /** In clear, u64: the next record number I expect from you; send from there. */
  position: 4,
  /** The change to fresh keys after an end has lost its own. docs/protocol/pairing.md §10.2. */
  renewal: 5,
  /** A record under keys from a renewal: their generation, then as `record`. */
  renewedRecord: 6,
} as const;
export type EnvelopeKind = (typeof EnvelopeKind)[keyof typeof EnvelopeKind];

export interface Envelope {
  kind: EnvelopeKind;
  link: Uint8Array;
  body: Uint8Array;
}

/** What a relay keeps for an end that is away. */
export function isRecord(kind: EnvelopeKind): boolean {
  return kind === EnvelopeKind.record || kind === EnvelopeKind.renewedRecord;
}

const HEADER_BYTES = 1 + LINK_ID_BYTES;
/** Names the keys that a record after a renewal is sealed under. */
export const GENERATION_BYTES = 8;

/** Sealed ciphertext is at most 64 KiB; this adds generation, record number and the envelope's header. */
export const MAX_ENVELOPE_BYTES = 65_536 + 8 + GENERATION_BYTES + HEADER_BYTES;

export function encodeEnvelope({ kind, link, body }: Envelope): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + body.length);
  bytes[0] = kind;
  bytes.set(link, 1);
  bytes.set(body, HEADER_BYTES);
  return bytes;
}

/** @returns undefined for anything that is not an envelope; `body` and `link` are views of `bytes`. */
export function decodeEnvelope(bytes: Uint8Array): Envelope | undefined {
  if (bytes.length < HEADER_BYTES || bytes.length > MAX_ENVELOPE_BYTES) return undefined;
  const kind = bytes[0] as EnvelopeKind;
  if (kind < EnvelopeKind.hello || kind > EnvelopeKind.renewedRecord) return undefined;
  return { kind, link: bytes.subarray(1, HEADER_BYTES), body: bytes.subarray(HEADER_BYTES) };
}
