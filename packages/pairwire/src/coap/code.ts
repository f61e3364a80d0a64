/**
 * Method and response codes (RFC 7252 §12.1): three bits of class, five of detail.
 */

export const Code = {
  /** Acknowledgement or reset without a response, and the CoAP ping (§4.1). */
  empty: 0x00,
  get: 0x01,
  post: 0x02,
  put: 0x03,
  delete: 0x04,
  created: 0x41,
  deleted: 0x42,
  changed: 0x44,
  content: 0x45,
  badRequest: 0x80,
  unauthorized: 0x81,
  badOption: 0x82,
  notFound: 0x84,
  methodNotAllowed: 0x85,
  notAcceptable: 0x86,
  requestEntityTooLarge: 0x8d,
  unsupportedContentFormat: 0x8f,
  /** RFC 8516; Max-Age says when to come back. */
  tooManyRequests: 0x9d,
  internalServerError: 0xa0,
  badGateway: 0xa2,
  /** Max-Age says when to come back (§5.9.3.4). */
  serviceUnavailable: 0xa3,
  proxyingNotSupported: 0xa5,
} as const;

const codeClass = (code: number) => code >> 5;

export function isRequestCode(code: number): boolean {
  return code !== Code.empty && codeClass(code) === 0;
}

export function isResponseCode(code: number): boolean {
  return codeClass(code) >= 2 && codeClass(code) <= 5;
}

export function isSuccessCode(code: number): boolean {
  return codeClass(code) === 2;
}

/** Classes 1, 6 and 7 mean nothing yet; a message with one is rejected (§4.2, §12.1). */
export function isReservedCode(code: number): boolean {
  return code !== Code.empty && !isRequestCode(code) && !isResponseCode(code);
}
