/** The header block of the opening handshake, line by line, for people to look at. */

export interface HeadLine {
  /** The request or status line, a header field, or the empty line that ends the block. */
  readonly kind: 'start' | 'field' | 'end';
  /** One character for each byte, without the line end, which is CRLF. */
  readonly text: string;
  /** Of a field, in lower case. */
  readonly name?: string;
  /** The value was left out: it is a secret of the person's own browser. */
  readonly hidden?: true;
}

/** A session of another page on the same host must not end up on a projector. */
const SECRET_FIELDS: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'proxy-authorization',
  'set-cookie',
]);

/** @param block - header block in latin1, with the empty line at its end */
export function describeHead(block: string): readonly HeadLine[] {
  return block
    .split('\r\n')
    .slice(0, -1)
    .map((text, index) => {
      if (index === 0) return { kind: 'start', text };
      if (text === '') return { kind: 'end', text };
      const name = text.slice(0, text.indexOf(':'));
      const field = { kind: 'field', name: name.toLowerCase() } as const;
      return SECRET_FIELDS.has(field.name)
        ? { ...field, text: `${name}: …`, hidden: true }
        : { ...field, text };
    });
}
