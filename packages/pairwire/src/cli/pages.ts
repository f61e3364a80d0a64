/**
 * The built pages, read once into memory and served from there.
 *
 * A request is a look-up in a map, so no path can lead out of the folder, a build that replaces the
 * files cannot break a running server, and each file is compressed once.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, relative, sep } from 'node:path';
import { gzipSync } from 'node:zlib';

import { sendText, setSecurityHeaders } from './http-response.ts';

interface Page {
  readonly contentType: string;
  readonly cacheControl: string;
  readonly etag: string;
  readonly body: Buffer;
  /** Absent where it would not be smaller. */
  readonly gzipped: Buffer | undefined;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.woff2': 'font/woff2',
};

/** The bundler puts a hash of the content into these names: another content has another name. */
const HASHED_NAME = /^\/assets\/.+-[\w-]{8,}\.\w+$/;

export class Pages {
  readonly #pages: ReadonlyMap<string, Page>;

  private constructor(pages: ReadonlyMap<string, Page>) {
    this.#pages = pages;
  }

  /** @returns undefined when the folder holds no built pages */
  static read(folder: string): Pages | undefined {
    if (!existsSync(join(folder, 'index.html'))) return undefined;
    const pages = new Map<string, Page>();
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || entry.name.startsWith('.') || entry.name.endsWith('.map')) continue;
      const file = join(entry.parentPath, entry.name);
      const path = `/${relative(folder, file).split(sep).join('/')}`;
      const page = createPage(path, readFileSync(file));
      for (const name of namesOf(path)) pages.set(name, page);
    }
    return new Pages(pages);
  }

  /** @returns false when there is no such page */
  handleRequest(request: IncomingMessage, response: ServerResponse, path: string): boolean {
    const page = this.#pages.get(path);
    if (!page) return false;
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      sendText(request, response, 405, 'Only GET and HEAD are answered here.');
      return true;
    }
    setSecurityHeaders(request, response);
    response.setHeader('Cache-Control', page.cacheControl);
    response.setHeader('ETag', page.etag);
    response.setHeader('Vary', 'Accept-Encoding');
    if (request.headers['if-none-match'] === page.etag) {
      response.writeHead(304).end();
      return true;
    }
    const zipped = acceptsGzip(request) ? page.gzipped : undefined;
    if (zipped) response.setHeader('Content-Encoding', 'gzip');
    const body = zipped ?? page.body;
    response.writeHead(200, { 'Content-Type': page.contentType, 'Content-Length': body.length });
    response.end(request.method === 'HEAD' ? undefined : body);
    return true;
  }
}

function createPage(path: string, body: Buffer): Page {
  const gzipped = gzipSync(body, { level: 9 });
  return {
    contentType: CONTENT_TYPES[extname(path)] ?? 'application/octet-stream',
    cacheControl: cacheControlOf(path),
    // Weak (RFC 9110 §8.8.1): the same page with and without compression has one tag.
    etag: `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
    body,
    gzipped: gzipped.length < body.length ? gzipped : undefined,
  };
}

function cacheControlOf(path: string): string {
  if (path.endsWith('.html')) return 'no-store';
  return HASHED_NAME.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache';
}

/** `/p.html` is `/p`, and `/index.html` is `/`. */
function namesOf(path: string): string[] {
  if (!path.endsWith('.html')) return [path];
  const short = path.slice(0, -'.html'.length);
  return [path, short.endsWith('/index') ? short.slice(0, -'index'.length) : short];
}

/** RFC 9110 §12.5.3, as far as browsers use it: `gzip`, and `gzip;q=0` for "not that". */
function acceptsGzip(request: IncomingMessage): boolean {
  const accepted = String(request.headers['accept-encoding'] ?? '').split(',');
  return accepted.some((coding) => /^\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*$).*)?$/i.test(coding));
}
