export { CloseCode, encodeClosePayload, isSendableCloseCode } from './close-code.ts';
export {
  Connection,
  type CloseEvent,
  type ConnectionEvent,
  type ConnectionOptions,
  type ConnectionState,
  type FailEvent,
  type PayloadEvent,
  type Role,
} from './connection.ts';
export {
  ConnectionError,
  HandshakeError,
  InvalidStateError,
  ProtocolError,
  type ConnectionErrorCode,
  type HandshakeErrorCode,
  type ProtocolErrorCode,
} from './errors.ts';
export {
  formatExtensions,
  parseExtensions,
  type Extension,
  type ExtensionParameter,
} from './extension-header.ts';
export {
  buildRefusal,
  buildRequest,
  buildResponse,
  checkRequest,
  checkResponse,
  computeAccept,
  encodeKey,
  formatRequest,
  formatResponse,
  type HandshakeAgreement,
  type HandshakeOffer,
  type HandshakeRequest,
  type HandshakeResponse,
  type RawHeaders,
  type RequestCheck,
  type RequestOptions,
  type ResponseCheck,
  type ResponseOptions,
  type SentRequest,
  type Sha1,
} from './opening-handshake.ts';
export { Opcode } from './opcode.ts';
export { OutputSlab, type OutputSlabOptions } from './output-slab.ts';
export type { MessageCodec } from './permessage-deflate.ts';
