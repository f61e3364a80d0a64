import type { ListenFailure } from './listen.ts';

/**
 * Something that does not work in this set-up. Codes are stable: pages translate by them
 * (docs/reference/cli.md). The words are in startup-phrases.ts.
 */
export type SwitchedOff =
  | { readonly code: 'pages-not-built' | 'phones-no-address' | 'phone-features-need-https' }
  | { readonly code: 'phones-loopback-only'; readonly host: string }
  | {
      readonly code: `gateway-${ListenFailure}`;
      readonly host: string;
      readonly port: number;
      /** What the error says, in English. */
      readonly message: string;
    };

export type OffCode = SwitchedOff['code'];
