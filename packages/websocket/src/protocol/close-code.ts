/** The codes with a meaning of their own (RFC 6455 §7.4.1 and the registry of §11.7). */
export const CloseCode = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  unsupportedData: 1003,
  /** Never on the wire: the Close frame had no body (§7.1.5). */
  noStatus: 1005,
  /** Never on the wire: TCP ended without a Close frame (§7.1.5). */
  abnormalClosure: 1006,
  invalidPayload: 1007,
  policyViolation: 1008,
  messageTooBig: 1009,
  mandatoryExtension: 1010,
  internalError: 1011,
  serviceRestart: 1012,
  tryAgainLater: 1013,
  badGateway: 1014,
  /** Never on the wire: TLS failed (§7.4.1). */
  tlsHandshake: 1015,
} as const;

export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];

export declare function isSendableCloseCode(code: number): boolean;
export declare function encodeClosePayload(code?: number, reason?: string): Uint8Array;
