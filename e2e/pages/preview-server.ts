import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, defaultClientConditions } from 'vite';

const SOURCE = fileURLToPath(new URL('./preview/', import.meta.url));

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

/** As strict as anything that serves the real pages: what breaks it breaks here. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export interface PreviewServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Builds the two pages around fake endpoints and serves them, with `config` as `/config.json`. */
export async function startPreviewServer(config: object): Promise<PreviewServer> {
  const folder = await mkdtemp(join(tmpdir(), 'pairwire-preview-'));
  await build({
    configFile: false,
    root: SOURCE,
    logLevel: 'warn',
    resolve: { conditions: ['@pairwire/source', ...defaultClientConditions] },
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: 'es2022',
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rolldownOptions: { input: [join(SOURCE, 'computer.html'), join(SOURCE, 'phone.html')] },
    },
  });
  const answer = async (path: string, response: ServerResponse) => {
    if (path === '/config.json') {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(config));
      return;
    }
    const body = await readFile(join(folder, path)).catch(() => undefined);
    response.statusCode = body === undefined ? 404 : 200;
    response.setHeader('content-type', TYPES[extname(path)] ?? 'text/plain');
    response.setHeader('content-security-policy', POLICY);
    response.end(body);
  };
  const server = createServer((request, response) => {
    void answer(new URL(request.url ?? '/', 'http://preview').pathname, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true });
    },
  };
}
