/** Between the header lists of the core and those of `node:http2`. */
import type { OutgoingHttpHeaders } from 'node:http2';

import type { RawHeaders } from '../protocol/index.ts';

export function withoutPseudoHeaders(rawHeaders: RawHeaders): string[] {
  const fields: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (!name.startsWith(':')) fields.push(name, rawHeaders[index + 1] as string);
  }
  return fields;
}

/** @param pseudoHeaders - come first (RFC 9113 §8.3) */
export function toHttp2Headers(
  pseudoHeaders: OutgoingHttpHeaders,
  fields: RawHeaders,
): OutgoingHttpHeaders {
  const headers = { ...pseudoHeaders };
  for (let index = 0; index + 1 < fields.length; index += 2) {
    headers[fields[index] as string] = fields[index + 1];
  }
  return headers;
}
