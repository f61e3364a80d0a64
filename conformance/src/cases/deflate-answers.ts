/** RFC 7692 §7: answers to an offer of compression that a client must not take. */

/** Asked for by clients that want no takeover; allowed in every answer. */
const FORGETS = '; server_no_context_takeover';

/**
 * Name, title, what stands behind `permessage-deflate`, section. None may be taken, whether the client
 * has offered compression or not. `{above-client-window}` is one more bit than offered, or 16.
 */
export const DEFLATE_ANSWERS = [
  ['unknown-parameter', 'on an unknown parameter of compression', '; x', '7.1'],
  ['parameter-twice', 'on a parameter that is there twice', `${FORGETS}${FORGETS}`, '7.1'],
  ['takeover.value', 'on a value where there is none', `${FORGETS}=1`, '7.1.1'],
  ['twice', 'on two agreements about compression', `${FORGETS}, permessage-deflate${FORGETS}`, '7'],
  ['server-window.16', 'on a window of 16 bits', `${FORGETS}; server_max_window_bits=16`, '7.1.2'],
  ['server-window.08', 'on a window of 08 bits', `${FORGETS}; server_max_window_bits=08`, '7.1.2'],
  ['server-window.none', 'on no window', `${FORGETS}; server_max_window_bits`, '7.1.2.1'],
  ['client-window.none', 'on no client window', `${FORGETS}; client_max_window_bits`, '7.1.2.2'],
  [
    'client-window.above-offer',
    'on a client window above the one it offered',
    `${FORGETS}; client_max_window_bits={above-client-window}`,
    '7.1.2.2',
  ],
] as const;
