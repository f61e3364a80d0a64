import type { Environment } from './environment.ts';

const TWO_DIGITS = Array.from({ length: 90 }, (_, i) => 10 + i);

/**
 * The three numbers among which a person picks: the right one and two others, in random order.
 *
 * @param avoid - a number that must not be among the wrong ones, because it is on a screen too.
 */
export function createChoices(
  right: number,
  avoid: number,
  randomBytes: Environment['randomBytes'],
): number[] {
  const wrong = TWO_DIGITS.filter((number) => number !== right && number !== avoid);
  const choices = [
    ...wrong.splice(randomBelow(wrong.length, randomBytes), 1),
    ...wrong.splice(randomBelow(wrong.length, randomBytes), 1),
  ];
  choices.splice(randomBelow(choices.length + 1, randomBytes), 0, right);
  return choices;
}

/** Of 2³² values, fewer than 90 too many for the low ones: nothing that somebody could use. */
function randomBelow(limit: number, randomBytes: Environment['randomBytes']): number {
  const bytes = randomBytes(4);
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) % limit;
}
