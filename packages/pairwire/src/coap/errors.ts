/** What a peer can get wrong in a datagram: values, never thrown. */

export const FORMAT_RULES = {
  PW_COAP_TOO_SHORT: { section: '§3', message: 'shorter than the four bytes of the header' },
  PW_COAP_VERSION: { section: '§3', message: 'the version is not 1' },
  PW_COAP_TOKEN_LENGTH: { section: '§3', message: 'the token length is 9 or more' },
  PW_COAP_TRUNCATED: { section: '§3', message: 'a token or an option ends beyond the datagram' },
  PW_COAP_EMPTY_WITH_BYTES: {
    section: '§4.1',
    message: 'an Empty message has bytes after the message id',
  },
  PW_COAP_RESERVED_CODE: { section: '§12.1', message: 'the class of the code is reserved' },
  PW_COAP_TYPE_AND_CODE: {
    section: '§4.2',
    message: 'this type of message cannot carry this code',
  },
  PW_COAP_OPTION: { section: '§3.1', message: 'an option uses a reserved length or number' },
  PW_COAP_TOO_MANY_OPTIONS: {
    section: '§3.1',
    message: 'more options than this endpoint reads',
  },
  PW_COAP_EMPTY_PAYLOAD: { section: '§3', message: 'a payload marker without a payload' },
} as const;

export type FormatErrorCode = keyof typeof FORMAT_RULES;

/** A datagram that is no message of RFC 7252. */
export interface FormatError {
  code: FormatErrorCode;
  section: string;
  message: string;
  /**
   * Set when it was a confirmable message, which is rejected with a Reset of this id (§4.2).
   * Everything else is ignored.
   */
  resetMessageId?: number;
}

export function createFormatError(code: FormatErrorCode, resetMessageId?: number): FormatError {
  return {
    code,
    ...FORMAT_RULES[code],
    ...(resetMessageId === undefined ? {} : { resetMessageId }),
  };
}
