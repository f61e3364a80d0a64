/**
 * Everything the handshake doctor can find: the one list of names, with what each is worth and
 * where the rule stands. The words for people are in finding-texts-en.ts and finding-texts-zh.ts.
 *
 * Names are stable and listed in docs/reference/handshake-findings.md.
 */

/**
 * - `error`: no connection comes of it, at least not with a client that keeps to the rules.
 * - `warning`: a connection comes of it, but other clients refuse, or a protection is missing.
 * - `note`: nothing is wrong.
 */
export type Severity = 'error' | 'warning' | 'note';

interface FindingRule {
  readonly severity: Severity;
  /** RFC and section. */
  readonly section: string;
}

const FINDINGS = {
  // Before HTTP: name, TCP, TLS.
  'host-unknown': { severity: 'error', section: 'RFC 6455 §4.1' },
  'connection-refused': { severity: 'error', section: 'RFC 6455 §4.1' },
  'host-unreachable': { severity: 'error', section: 'RFC 6455 §4.1' },
  'certificate-untrusted': { severity: 'error', section: 'RFC 6455 §4.1' },
  'certificate-expired': { severity: 'error', section: 'RFC 6455 §4.1' },
  'certificate-name': { severity: 'error', section: 'RFC 6455 §4.1' },
  'tls-failed': { severity: 'error', section: 'RFC 6455 §4.1' },
  'tls-port': { severity: 'error', section: 'RFC 6455 §3' },
  'plain-port': { severity: 'error', section: 'RFC 6455 §3' },
  'http2-only': { severity: 'error', section: 'RFC 6455 §4.1' },
  'http2-unsupported': { severity: 'error', section: 'RFC 8441 §3' },
  'proxy-unreachable': { severity: 'error', section: 'RFC 6455 §4.1' },
  'proxy-refused': { severity: 'error', section: 'RFC 9110 §9.3.6' },

  // The answer as an HTTP message.
  'no-answer': { severity: 'error', section: 'RFC 6455 §4.1' },
  'closed-before-answer': { severity: 'error', section: 'RFC 6455 §4.1' },
  'not-http': { severity: 'error', section: 'RFC 9112 §4' },
  'garbage-before-status-line': { severity: 'error', section: 'RFC 9112 §2.1' },
  'empty-line-first': { severity: 'warning', section: 'RFC 9112 §2.2' },
  'status-line-malformed': { severity: 'error', section: 'RFC 9112 §4' },
  'http-version': { severity: 'error', section: 'RFC 9110 §7.8' },
  'missing-blank-line': { severity: 'error', section: 'RFC 9112 §2.1' },
  'head-cut-short': { severity: 'error', section: 'RFC 9112 §8' },
  'lf-line-ends': { severity: 'error', section: 'RFC 9112 §2.2' },
  'field-line-malformed': { severity: 'error', section: 'RFC 9112 §5' },
  'field-folded': { severity: 'error', section: 'RFC 9112 §5.2' },
  'head-too-long': { severity: 'error', section: 'RFC 9110 §5.4' },

  // An answer other than 101.
  redirect: { severity: 'error', section: 'RFC 9110 §15.4' },
  'page-instead-of-upgrade': { severity: 'error', section: 'RFC 6455 §4.1' },
  'bad-request': { severity: 'error', section: 'RFC 9110 §15.5.1' },
  unauthorized: { severity: 'error', section: 'RFC 9110 §15.5.2' },
  forbidden: { severity: 'error', section: 'RFC 9110 §15.5.4' },
  'path-unknown': { severity: 'error', section: 'RFC 9110 §15.5.5' },
  'proxy-authentication': { severity: 'error', section: 'RFC 9110 §15.5.8' },
  'upgrade-required': { severity: 'error', section: 'RFC 9110 §15.5.22' },
  'too-many-requests': { severity: 'error', section: 'RFC 6585 §4' },
  'server-failed': { severity: 'error', section: 'RFC 9110 §15.6.1' },
  'gateway-failed': { severity: 'error', section: 'RFC 9110 §15.6.3' },
  unavailable: { severity: 'error', section: 'RFC 9110 §15.6.4' },
  'status-other': { severity: 'error', section: 'RFC 6455 §4.1' },

  // The headers of a 101.
  'upgrade-missing': { severity: 'error', section: 'RFC 6455 §4.1' },
  'upgrade-wrong': { severity: 'error', section: 'RFC 6455 §4.1' },
  'connection-missing': { severity: 'error', section: 'RFC 6455 §4.1' },
  'connection-wrong': { severity: 'error', section: 'RFC 6455 §4.1' },
  'connection-list': { severity: 'warning', section: 'RFC 9110 §7.6.1' },
  'accept-missing': { severity: 'error', section: 'RFC 6455 §4.1' },
  'accept-repeated': { severity: 'error', section: 'RFC 6455 §11.3.3' },
  'accept-of-empty-key': { severity: 'error', section: 'RFC 6455 §4.2.2' },
  'accept-of-sample-key': { severity: 'error', section: 'RFC 6455 §4.2.2' },
  'accept-of-decoded-key': { severity: 'error', section: 'RFC 6455 §4.2.2' },
  'accept-of-hex': { severity: 'error', section: 'RFC 6455 §4.2.2' },
  'accept-without-guid': { severity: 'error', section: 'RFC 6455 §4.2.2' },
  'accept-guid-case': { severity: 'error', section: 'RFC 6455 §4.2.2' },
  'accept-copies-key': { severity: 'error', section: 'RFC 6455 §4.2.2' },
  'accept-wrong': { severity: 'error', section: 'RFC 6455 §4.1' },
  'protocol-unrequested': { severity: 'error', section: 'RFC 6455 §4.1' },
  'protocol-not-offered': { severity: 'error', section: 'RFC 6455 §4.1' },
  'protocol-wrong-case': { severity: 'error', section: 'RFC 6455 §4.1' },
  'protocol-list': { severity: 'error', section: 'RFC 6455 §4.2.2' },
  'protocol-empty': { severity: 'error', section: 'RFC 6455 §4.2.2' },
  'protocol-repeated': { severity: 'error', section: 'RFC 6455 §11.3.4' },
  'protocol-none-chosen': { severity: 'error', section: 'RFC 6455 §4.2.2' },
  'extension-not-offered': { severity: 'error', section: 'RFC 6455 §4.1' },
  'extension-malformed': { severity: 'error', section: 'RFC 6455 §9.1' },
  'extension-parameters': { severity: 'error', section: 'RFC 7692 §7.1' },
  'body-announced': { severity: 'warning', section: 'RFC 9110 §8.6' },
  'garbage-behind-answer': { severity: 'error', section: 'RFC 6455 §5.2' },

  // A client's request.
  'request-not-http': { severity: 'error', section: 'RFC 9112 §3' },
  'request-unfinished': { severity: 'error', section: 'RFC 9112 §2.1' },
  'request-method': { severity: 'error', section: 'RFC 6455 §4.1' },
  'request-http-version': { severity: 'error', section: 'RFC 6455 §4.1' },
  'request-target': { severity: 'error', section: 'RFC 6455 §4.2.1' },
  'request-host': { severity: 'error', section: 'RFC 6455 §4.2.1' },
  'request-without-upgrade': { severity: 'error', section: 'RFC 6455 §4.2.1' },
  'request-upgrade-wrong': { severity: 'error', section: 'RFC 6455 §4.2.1' },
  'request-connection': { severity: 'error', section: 'RFC 6455 §4.2.1' },
  'request-body': { severity: 'error', section: 'RFC 6455 §4.1' },
  'request-key-missing': { severity: 'error', section: 'RFC 6455 §4.2.1' },
  'request-key-repeated': { severity: 'error', section: 'RFC 6455 §11.3.1' },
  'request-key-wrong': { severity: 'error', section: 'RFC 6455 §4.2.1' },
  'request-version-missing': { severity: 'error', section: 'RFC 6455 §4.2.1' },
  'request-version-other': { severity: 'error', section: 'RFC 6455 §4.4' },
  'request-version-malformed': { severity: 'error', section: 'RFC 6455 §4.1' },
  'request-protocols': { severity: 'error', section: 'RFC 6455 §4.1' },
  'request-extensions': { severity: 'error', section: 'RFC 6455 §9.1' },
  'request-origin-repeated': { severity: 'error', section: 'RFC 6454 §7.3' },
  'connect-malformed': { severity: 'error', section: 'RFC 8441 §4' },
  'connect-protocol': { severity: 'error', section: 'RFC 8441 §4' },
  'origin-refused': { severity: 'error', section: 'RFC 6455 §10.2' },

  // What further probes of an endpoint show.
  'version-unchecked': { severity: 'warning', section: 'RFC 6455 §4.2.1' },
  'version-unnamed': { severity: 'warning', section: 'RFC 6455 §4.4' },
  'origin-unchecked': { severity: 'warning', section: 'RFC 6455 §10.2' },
  'compression-declined': { severity: 'note', section: 'RFC 7692 §7.1' },
  'http2-ready': { severity: 'note', section: 'RFC 8441 §3' },
  'http2-without-websocket': { severity: 'note', section: 'RFC 8441 §3' },
} as const satisfies Record<string, FindingRule>;

/** Stable; safe to match on. */
export type FindingCode = keyof typeof FINDINGS;

/** In the order of the list above, which is the order in which a handshake meets them. */
export const FINDING_CODES = Object.keys(FINDINGS) as readonly FindingCode[];

/** Something about an opening handshake, as data; see `findingTexts` for the words. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** RFC and section. */
  readonly section: string;
  /**
   * What is on the wire, in printable characters, cut to 120. The peer's own words: show them to
   * the person who asked, keep them out of logs.
   */
  readonly found?: string;
  /** What should be there. */
  readonly expected?: string;
}

export function createFinding(code: FindingCode, found?: string, expected?: string): Finding {
  return {
    code,
    ...FINDINGS[code],
    ...(found !== undefined && { found }),
    ...(expected !== undefined && { expected }),
  };
}

/** What a person is told about a finding, in one language. */
export interface FindingText {
  /** One sentence: what is wrong, and why that matters. */
  readonly what: string;
  /** One sentence: what to do. */
  readonly advice: string;
}

export type FindingTexts = Readonly<Record<FindingCode, FindingText>>;
