import type { Random } from './random.ts';

/** Something that takes bytes from outside, and what must hold whatever they are. */
export interface Target {
  readonly name: string;
  /** How inputs are kept in files: text as it is, bytes in hex with comments. */
  readonly format: 'text' | 'hex';
  /** An input from the grammar: right, or wrong in one place. */
  generate(random: Random): Uint8Array;
  /** Throws when something does not hold. Changes nothing of `input`. */
  run(input: Uint8Array): void | Promise<void>;
}
