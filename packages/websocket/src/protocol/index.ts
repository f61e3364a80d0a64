export { CloseCode, encodeClosePayload, isSendableCloseCode } from './close-code.ts';
export { Connection, type ConnectionOptions, type ConnectionState } from './connection.ts';
export { encodeMessage, type EncodedFrame } from './encoded-frame.ts';
export { maskUrl, type Diagnosis, type Ending } from './diagnosis.ts';
export {
  ConnectionError,
  HandshakeError,
  InvalidStateError,
  ProtocolError,
  type ConnectionErrorCode,
  type ConnectionErrorOptions,
  type HandshakeErrorCode,
  type HandshakeErrorOptions,
  type ProtocolErrorCode,
} from './errors.ts';
export {
  MessagePiece,
  PayloadEvent,
  type CloseEvent,
  type ConnectionEvent,
  type FailEvent,
} from './event.ts';
export { examineRequest } from './examine-request.ts';
export { examineResponse, type ExamineResponseOptions } from './examine-response.ts';
export { explainFailure, type SystemFailure } from './explain-handshake.ts';
export {
  buildConnectRefusal,
  buildConnectRequest,
  buildConnectResponse,
  checkConnectRequest,
  checkConnectResponse,
  type ConnectRequest,
  type ConnectRequestOptions,
  type SentConnect,
} from './extended-connect.ts';
export {
  formatExtensions,
  parseExtensions,
  type Extension,
  type ExtensionParameter,
} from './extension-header.ts';
export {
  createFinding,
  FINDING_CODES,
  type Finding,
  type FindingCode,
  type FindingText,
  type FindingTexts,
  type Severity,
} from './finding.ts';
export { FINDING_TEXTS_EN } from './finding-texts-en.ts';
export { FINDING_TEXTS_ZH } from './finding-texts-zh.ts';
export { decodeFrameHeader, encodeFrame, FrameHeader, type Frame, type Role } from './frame.ts';
export {
  formatRequest,
  formatResponse,
  type HandshakeRequest,
  type HandshakeResponse,
  type RawHeaders,
} from './http-message.ts';
export {
  buildRefusal,
  buildRequest,
  buildResponse,
  checkRequest,
  checkResponse,
  computeAccept,
  encodeKey,
  type HandshakeAgreement,
  type HandshakeOffer,
  type RequestCheck,
  type RequestOptions,
  type ResponseCheck,
  type ResponseOptions,
  type SentRequest,
  type Sha1,
} from './opening-handshake.ts';
export { applyMask } from './masking.ts';
export { Opcode } from './opcode.ts';
export { OutputSlab, type OutputSlabOptions } from './output-slab.ts';
export {
  buildDeflateOffer,
  checkDeflateAnswer,
  negotiateDeflate,
  type DeflateAnswer,
  type DeflateOptions,
  type DeflateParameters,
  type MessageCodec,
} from './permessage-deflate.ts';
export { Utf8Validator } from './utf8.ts';
