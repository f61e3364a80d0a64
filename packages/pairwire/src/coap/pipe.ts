/** The pipe resource as both of its ends know it. docs/protocol/phone.md. */

export const PIPE_PATH = 'pipe';
/** The body of the request that creates a pipe: names the protocol and its version. */
export const PIPE_VERSION = 'pairwire.pipe.1';
export const DEFAULT_COAP_PORT = 5683;
/** RFC 6455 §5.5 leaves this much for the reason of a close. */
const MAX_REASON_BYTES = 123;

export interface PipeClose {
  /** RFC 6455 §7.4. */
  code: number;
  reason: string;
}

/** The diagnostic that ends a pipe: the close code, a space, the reason. */
export function formatClose({ code, reason }: PipeClose): string {
  const bytes = new TextEncoder().encode(reason).subarray(0, MAX_REASON_BYTES);
  // A character cut in half at the end is left out.
  const cut = new TextDecoder().decode(bytes).replace(/\uFFFD+$/, '');
  return `${code} ${cut}`.trimEnd();
}

/** @returns undefined for a diagnostic that is none of ours. */
export function parseClose(diagnostic: string): PipeClose | undefined {
  const match = /^([1-4]\d{3})(?: (.*))?$/s.exec(diagnostic);
  return match ? { code: Number(match[1]), reason: match[2] ?? '' } : undefined;
}
