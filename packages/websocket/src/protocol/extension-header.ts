import { HeaderScanner, isToken } from './header-syntax.ts';

/** One parameter of an extension; no value means that the name stands alone. */
export interface ExtensionParameter {
  readonly name: string;
  readonly value?: string;
}

/**
 * One element of Sec-WebSocket-Extensions. Parameters are a list, in the order and number they came
 * in: what a name such as `constructor` or a second `client_no_context_takeover` means is the
 * extension's business.
 */
export interface Extension {
  readonly name: string;
  readonly parameters: readonly ExtensionParameter[];
}

/**
 * Reads Sec-WebSocket-Extensions (RFC 6455 §9.1); several header lines are joined by commas before.
 *
 * Undefined when the grammar is broken; that fails the handshake. A quoted value must hold a token
 * once the quotes are gone. Empty list elements do not count, but one extension there must be.
 */
export function parseExtensions(header: string): Extension[] | undefined {
  const scanner = new HeaderScanner(header);
  const extensions: Extension[] = [];
  do {
    const name = scanner.token();
    if (name === undefined) continue;
    const parameters: ExtensionParameter[] = [];
    while (scanner.skip(';')) {
      const parameter = parseParameter(scanner);
      if (parameter === undefined) return undefined;
      parameters.push(parameter);
    }
    extensions.push({ name, parameters });
  } while (scanner.skip(','));
  return scanner.atEnd && extensions.length > 0 ? extensions : undefined;
}

function parseParameter(scanner: HeaderScanner): ExtensionParameter | undefined {
  const name = scanner.token();
  if (name === undefined) return undefined;
  if (!scanner.skip('=')) return { name };
  const value = scanner.token() ?? scanner.quotedString();
  return value !== undefined && isToken(value) ? { name, value } : undefined;
}

/** The header's value. @throws {TypeError} when a name or value is not a token */
export function formatExtensions(extensions: readonly Extension[]): string {
  return extensions
    .map(({ name, parameters }) => [requireToken(name), ...parameters.map(formatParameter)])
    .map((parts) => parts.join('; '))
    .join(', ');
}

function formatParameter({ name, value }: ExtensionParameter): string {
  return value === undefined ? requireToken(name) : `${requireToken(name)}=${requireToken(value)}`;
}

function requireToken(text: string): string {
  if (!isToken(text)) throw new TypeError('extensions: expected names and values to be tokens');
  return text;
}
