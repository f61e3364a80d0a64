import type { FrameCase } from '../case.ts';
import { bulk } from './bulk.ts';
import { close } from './close.ts';
import { compression } from './compression.ts';
import { controlFrames } from './control-frames.ts';
import { fragments } from './fragments.ts';
import { framing } from './framing.ts';
import { limits } from './limits.ts';
import { utf8 } from './utf8.ts';

/** Every case over an open connection, for both roles. */
export const frameCases: FrameCase[] = [
  ...framing,
  ...controlFrames,
  ...fragments,
  ...utf8,
  ...close,
  ...bulk,
  ...limits,
  ...compression,
];
