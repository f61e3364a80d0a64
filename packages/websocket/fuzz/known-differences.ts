/**
 * Where our connection and the reader of `ws` 8.23 judge the same bytes differently, on purpose.
 *
 * Whatever is not in this table is a finding. `docs/topics/fuzzing.md` says how it is used; a test
 * sees to it that the corpus has an example of every entry.
 */
import type { Settings } from './connection-input.ts';
import type { FrameSpan } from './frame-walker.ts';

/** One stream, read by both, from the first event on in which they differ. */
export interface Disagreement {
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
  readonly settings: Settings;
  readonly spans: readonly FrameSpan[];
  readonly stream: Uint8Array;
}

export interface KnownDifference {
  readonly name: string;
  readonly why: string;
  explains(disagreement: Disagreement): boolean;
}

/** Outcomes after which nothing was delivered: control frames at most, then the end. */
function deliversNothing(events: readonly string[]): boolean {
  return events.every((event) => !event.startsWith('text') && !event.startsWith('binary'));
}

const isOnly = (events: readonly string[], ...only: readonly string[]) =>
  events.length === only.length && only.every((event, index) => events[index] === event);

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    name: 'bad text at once',
    why: 'We fail the connection in the read that brings the first bad byte (§8.1); ws waits for the end of the message, and meanwhile answers control frames.',
    explains: ({ ours, theirs }) =>
      isOnly(ours, 'fail PW_WS_INVALID_UTF8') && deliversNothing(theirs),
  },
  {
    name: 'headers as a whole',
    why: 'We judge a header when all of it is there, ws as soon as its first two bytes are.',
    explains: ({ ours, theirs, spans, stream }) => {
      const lastEnd = spans.at(-1)?.end ?? 0;
      const isCutOff = lastEnd < stream.length;
      return ours.length === 0 && isCutOff && isOnly(theirs, 'fail 1002');
    },
  },
  {
    name: 'big lengths before the mask',
    why: 'As above: ws refuses a length before the masking key has come.',
    explains: ({ ours, theirs, spans, stream }) => {
      const lastEnd = spans.at(-1)?.end ?? 0;
      return ours.length === 0 && lastEnd < stream.length && isOnly(theirs, 'fail 1009');
    },
  },
  {
    name: 'one-byte Close at its header',
    why: 'ws refuses a Close of one byte at its header, we when the byte has come.',
    explains: ({ ours, theirs, spans, stream }) => {
      const last = spans.at(-1);
      const isCutOff = last !== undefined && last.opcode === 8 && last.end > stream.length;
      return ours.length === 0 && isCutOff && isOnly(theirs, 'fail 1002');
    },
  },
  {
    name: 'top bit is malformed',
    why: 'A 64-bit length with its top bit set breaks §5.2: 1002. For ws it is one that is too big: 1009.',
    explains: ({ ours, theirs }) =>
      isOnly(ours, 'fail PW_WS_LENGTH_TOP_BIT') && isOnly(theirs, 'fail 1009'),
  },
  {
    name: 'length of a control frame in a longer field',
    why: 'With refuseNonMinimalLengths off we take such a length in control frames too; ws takes it in data frames only.',
    explains: ({ theirs, settings, spans }) =>
      !settings.refuseNonMinimalLengths &&
      isOnly(theirs, 'fail 1002') &&
      spans.some(({ opcode, lengthField }) => opcode >= 8 && lengthField > 7),
  },
  {
    name: 'compressed longer than inflated',
    why: 'Stored blocks make compressed data longer than the message, so we let it pass the limit by a little; ws holds the limit against both.',
    explains: ({ theirs, settings }) =>
      settings.deflate !== undefined && isOnly(theirs, 'fail 1009'),
  },
  {
    name: 'inflated when whole',
    why: 'ws inflates fragment by fragment and notices corrupt data before the message ends; we inflate whole messages (decision 0001).',
    explains: ({ ours, theirs, settings }) =>
      settings.deflate !== undefined && isOnly(theirs, 'fail 1007') && deliversNothing(ours),
  },
];
