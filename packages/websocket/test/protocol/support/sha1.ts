import { createHash } from 'node:crypto';

import type { Sha1 } from '../../../src/protocol/opening-handshake.ts';

export const sha1: Sha1 = (bytes) => createHash('sha1').update(bytes).digest();
