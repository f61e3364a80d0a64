import { pino, type Logger } from 'pino';

import type { LOG_LEVELS } from './options.ts';

export type { Logger };

const SECRETS = ['guid', 'link', 'linkId', 'key', 'token', 'text', 'psk', 'url'];

/**
 * Structured lines to stderr, so that stdout holds only what a person or a program asked for.
 *
 * Who logs gives counts, reasons and hashes: never a GUID, key, token, link id or text. The names
 * below, under which one would slip in, are removed as a second fence.
 */
export function createLog(level: (typeof LOG_LEVELS)[number]): Logger {
  return pino(
    {
      level,
      base: null,
      redact: { paths: [...SECRETS, ...SECRETS.map((name) => `*.${name}`)], remove: true },
    },
    // Written at once: the last line before an exit is the one that says why.
    pino.destination({ dest: 2, sync: true }),
  );
}
