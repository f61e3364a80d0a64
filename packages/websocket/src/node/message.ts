/**
 * One whole message (RFC 6455 §5.4), told apart by `type`.
 *
 * Binary data is a `Buffer` that belongs to the receiver.
 */
export type Message =
  | { readonly type: 'text'; readonly data: string }
  | { readonly type: 'binary'; readonly data: Buffer };

/** What may be sent: a string goes as text, bytes as binary. */
export type SendableData = string | ArrayBuffer | ArrayBufferView;
